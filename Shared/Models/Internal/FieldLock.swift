public import FoundationEssentials

/// `internal.field-lock`, consent → vault, subject = the contact: a decision on a consent tied to a field locks or
/// unlocks that field (C1).
public struct FieldLockOrder: Sendable, Equatable {
    /// Routing key.
    public static let type = "internal.field-lock"

    /// The order's id, by which the answer is recognised; the same when the order is sent again.
    public let order: UUID
    /// The field.
    public let field: String
    /// Whether the field is locked from now on.
    public let isLocked: Bool
    /// Whether the stored value and its key are destroyed; only beside `isLocked`.
    public let clears: Bool
    /// Rises with each order about a contact's field: a lower or equal one changes nothing.
    public let sequence: UInt64

    /// An order.
    public init(order: UUID, field: String, isLocked: Bool, clears: Bool, sequence: UInt64) {
        self.order = order
        self.field = field
        self.isLocked = isLocked
        self.clears = clears
        self.sequence = sequence
    }

    /// From `data`.
    public init(reading data: Reader) throws(Refusal) {
        order = try data.uuid("order")
        field = try data.name("field")
        isLocked = try data.bool("lock")
        clears = try data.bool("clear")
        let text = try data.text("sequence", limit: sequenceDigits)
        guard text.utf8.count == sequenceDigits, let sequence = UInt64(text), Int64(exactly: sequence) != nil else {
            throw data.refusal("sequence", "must be a number of 20 digits")
        }
        guard isLocked || !clears else { throw data.refusal("clear", "an order that unlocks clears nothing") }
        self.sequence = sequence
    }

    /// As `data`.
    public var json: JSON {
        let digits = String(sequence)
        let padding = String(repeating: "0", count: sequenceDigits - digits.utf8.count)
        return [
            "order": .string(order.text), "field": .string(field), "lock": .bool(isLocked), "clear": .bool(clears),
            "sequence": .string(padding + digits),
        ]
    }
}

/// `internal.field-lock-done`, vault → consent, subject = the contact: the order, or a newer one, is in force.
public struct FieldLockDone: Sendable, Equatable {
    /// Routing key.
    public static let type = "internal.field-lock-done"

    /// The order's id.
    public let order: UUID
    /// The field.
    public let field: String

    /// An answer.
    public init(order: UUID, field: String) {
        self.order = order
        self.field = field
    }

    /// From `data`.
    public init(reading data: Reader) throws(Refusal) {
        order = try data.uuid("order")
        field = try data.name("field")
    }

    /// As `data`.
    public var json: JSON { ["order": .string(order.text), "field": .string(field)] }
}

/// As CloudEvents' extension `sequence` has it.
private let sequenceDigits = 20
