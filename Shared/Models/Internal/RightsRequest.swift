package import FoundationEssentials

/// A request of the contact's that the erasure service keeps (E1).
package enum RightsKind: String, Sendable, CaseIterable {
    /// Erase my data (C5).
    case erasure
    /// A copy of my data (E7).
    case access

    private static let prefix = "rights."

    /// The topic of an order about such a request, which has a dot, unlike a field's name.
    package var topic: String { Self.prefix + rawValue }

    /// From an order's topic; nil if it is none.
    package init?(topic: String) {
        guard topic.hasPrefix(Self.prefix) else { return nil }
        self.init(rawValue: String(topic.dropFirst(Self.prefix.count)))
    }
}

/// `internal.rights-request`, consent → erasure, subject = the contact: the contact asked on the page for an erasure or
/// a copy, and confirmed it (C5). One that is open already is answered with its id.
package struct RightsRequestOrder: Sendable, Equatable {
    /// Routing key.
    package static let type = "internal.rights-request"

    /// Which order it is, and which one it follows. The topic of the order is that of `kind`.
    package let head: OrderHead
    package let kind: RightsKind
    /// Where the contact asked for it: `page`.
    package let channel: String

    package init(head: OrderHead, kind: RightsKind, channel: String) {
        self.head = head
        self.kind = kind
        self.channel = channel
    }

    /// From `data`.
    package init(reading data: Reader) throws(Refusal) {
        head = try OrderHead(reading: data)
        kind = try data.choice("kind")
        channel = try data.text("channel", limit: 64)
    }

    /// The order's content, as members of `data` besides the head's.
    package static func data(_ kind: RightsKind, channel: String) -> JSON {
        ["kind": .string(kind.rawValue), "channel": .string(channel)]
    }

    /// As `data`.
    package var json: JSON { .object(head.members + (Self.data(kind, channel: channel).members ?? [])) }
}

/// `internal.rights-request-done`, erasure → consent, subject = the contact: the request is recorded.
package struct RightsRequestDone: Sendable, Equatable {
    /// Routing key.
    package static let type = "internal.rights-request-done"
    /// The state of an order in force.
    package static let requested = "requested"

    /// The order in force.
    package let answer: OrderAnswer
    package let kind: RightsKind
    /// The id of the request that is open.
    package let request: UUID
    package let dueAt: Timestamp

    package init(answer: OrderAnswer, kind: RightsKind, request: UUID, dueAt: Timestamp) {
        self.answer = answer
        self.kind = kind
        self.request = request
        self.dueAt = dueAt
    }

    /// From `data`.
    package init(reading data: Reader) throws(Refusal) {
        answer = try OrderAnswer(reading: data)
        kind = try data.choice("kind")
        request = try data.uuid("request")
        dueAt = Timestamp(microseconds: try data.integer("dueAt", in: 0...Int64.max))
    }

    /// As `data`.
    package var json: JSON {
        .object(
            answer.members + [
                JSON.Member("kind", .string(kind.rawValue)), JSON.Member("request", .string(request.text)),
                JSON.Member("dueAt", .number("\(dueAt.microseconds)")),
            ])
    }
}
