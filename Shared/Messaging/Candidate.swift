import FoundationEssentials
import Models

/// A message of a batch after reading: what the token says is settled, the data is read.
struct Candidate<State: Aggregate>: Sendable {
    let incoming: Incoming
    /// The outcome of reading: a refusal here is final whatever the state.
    let content: Result<Content, Refusal>
    /// The dead letter that the operator has judged again.
    var letter: UUID?
    /// Nil where the envelope could not be read.
    var message: Message? { try? incoming.result.get() }

    struct Content: Sendable {
        let message: Message
        let verdict: TokenVerdict
        let prepared: Registry<State>.Prepared
        let sharedKeys: [String]
        /// Of a request, a member that the handler did not ask for; judged after the permission (contract section 1).
        var unknownMember: Refusal?
        var key: String { prepared.key ?? message.event.subject }
        var isReading: Bool { prepared.isReading }
    }
}

/// An inbox row: that a message was judged, taken or refused, and what it was answered.
struct InboxRow: Sendable {
    let bodyHash: [UInt8]
    let reply: String?
    let isHeld: Bool
}

/// The reply to a request that took effect earlier.
struct KeptAnswer: Sendable {
    let reply: String
    let isHeld: Bool
}

/// Names a message for the inbox.
struct MessageKey: Hashable, Sendable {
    let id: UUID
    let source: String

    init(id: UUID, source: String) {
        self.id = id
        self.source = source
    }

    init(_ event: Event) {
        id = event.id
        source = event.source
    }
}

/// What became of a batch's messages.
struct BatchCounts: Sendable {
    var accepted = 0
    var refused = 0
    var duplicates = 0
    var dead = 0
}
