public import FoundationEssentials

/// Addresses that one request's repetitions may name; who asks more often than that gets the answer by asking again.
private let mostReplies = 100

/// A request whose reply waits for another service, kept with its contact until then
/// (architecture.md, "Acknowledging late").
public struct KeptRequest: Sendable, Equatable {
    /// Where a reply goes.
    public struct Reply: Sendable, Hashable {
        /// Routing key on the default exchange.
        public let queue: String
        /// Handed back as it came.
        public let correlation: String?

        /// Where a reply goes.
        public init(queue: String, correlation: String?) {
            self.queue = queue
            self.correlation = correlation
        }
    }

    /// The event's id.
    public let id: UUID
    /// The event's source.
    public let source: String
    /// The event's type.
    public let type: String
    /// Of the request and its repetitions; none where nobody waits.
    public private(set) var replies: [Reply]

    /// A request.
    public init(id: UUID, source: String, type: String, replies: [Reply]) {
        self.id = id
        self.source = source
        self.type = type
        self.replies = replies
    }

    /// The same request came again; returns the addresses that it added.
    public mutating func add(_ repetition: KeptRequest) -> [Reply] {
        let new = repetition.replies.filter { !replies.contains($0) }.prefix(mostReplies - replies.count)
        replies += new
        return Array(new)
    }
}
