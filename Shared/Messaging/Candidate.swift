import FoundationEssentials
import Models

/// A message of a batch whose token is verified and whose data is parsed.
struct Candidate<State: Aggregate>: Sendable {
    let incoming: Incoming
    /// The parsed content, or a refusal that does not depend on the state.
    let content: Result<Content, Refusal>
    /// The id of the dead letter if the message is a redrive; nil for an ordinary message.
    var letter: UUID?
    /// The message; nil if the envelope could not be parsed.
    var message: Message? { try? incoming.result.get() }

    struct Content: Sendable {
        let message: Message
        let verdict: TokenVerdict
        let prepared: Registry<State>.Prepared
        let sharedKeys: [String]
        /// The refusal of a request's member that the handler did not read. It is thrown after the permission check
        /// (contract section 1).
        var unknownMember: Refusal?
        var key: String { prepared.key ?? message.event.subject }
        var isReading: Bool { prepared.isReading }
    }
}

/// An inbox row: a message that was decided, accepted or refused, and its reply.
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

/// The key of a message in the inbox.
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

/// Counts of a batch's messages by outcome.
struct BatchCounts: Sendable {
    var accepted = 0
    var refused = 0
    var duplicates = 0
    var dead = 0
}
