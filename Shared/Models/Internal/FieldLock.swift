/// `internal.field-lock`, consent → vault, subject = the contact: a decision on a consent tied to a field locks or
/// unlocks that field (C1).
package struct FieldLockOrder: Sendable, Equatable {
    /// Routing key.
    package static let type = "internal.field-lock"
    /// The name that stands for all of a contact's fields, which a stop locks against writing (C4).
    package static let wholeRecord = "*"

    /// Which order it is, and which one it follows.
    package let head: OrderHead
    package let field: String
    /// Whether the field is locked from now on.
    package let isLocked: Bool
    /// Whether the stored value and its key are destroyed; only beside `isLocked`.
    package let clears: Bool

    package init(head: OrderHead, field: String, isLocked: Bool, clears: Bool) {
        self.head = head
        self.field = field
        self.isLocked = isLocked
        self.clears = clears
    }

    /// From `data`.
    package init(reading data: Reader) throws(Refusal) {
        head = try OrderHead(reading: data)
        field = try data.name("field")
        isLocked = try data.bool("lock")
        clears = try data.bool("clear")
        guard isLocked || !clears else { throw data.refusal("clear", "an order that unlocks clears nothing") }
    }

    /// The order's content, as members of `data` besides the head's.
    package static func data(field: String, isLocked: Bool, clears: Bool) -> JSON {
        ["field": .string(field), "lock": .bool(isLocked), "clear": .bool(clears)]
    }

    /// As `data`.
    package var json: JSON {
        .object(head.members + (Self.data(field: field, isLocked: isLocked, clears: clears).members ?? []))
    }
}

/// `internal.field-lock-done`, vault → consent, subject = the contact: which order about a field is in force.
package struct FieldLockDone: Sendable, Equatable {
    /// Routing key.
    package static let type = "internal.field-lock-done"
    /// The state of an order in force.
    package static let locked = "locked"
    /// The state of an order in force.
    package static let unlocked = "unlocked"

    /// The order in force.
    package let answer: OrderAnswer
    package let field: String

    package init(answer: OrderAnswer, field: String) {
        self.answer = answer
        self.field = field
    }

    /// From `data`.
    package init(reading data: Reader) throws(Refusal) {
        answer = try OrderAnswer(reading: data)
        field = try data.name("field")
    }

    /// As `data`.
    package var json: JSON { .object(answer.members + [JSON.Member("field", .string(field))]) }
}
