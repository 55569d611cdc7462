public import FoundationEssentials

/// Reply addresses kept for one request; a repetition beyond these gets its reply only by being sent once more.
private let mostReplies = 100

/// A request whose reply waits for another service, kept with its contact until then
/// (architecture.md, "Acknowledging late").
public struct KeptRequest: Sendable, Equatable {
    /// Where a reply goes.
    public struct Reply: Sendable, Hashable {
        /// Routing key on the default exchange.
        public let queue: String
        /// The request's correlation id, returned as it came.
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
    /// The reply addresses of the request and its repetitions; none where no reply was asked for.
    public private(set) var replies: [Reply]

    /// A request.
    public init(id: UUID, source: String, type: String, replies: [Reply]) {
        self.id = id
        self.source = source
        self.type = type
        self.replies = replies
    }

    /// Adds the reply addresses of a repetition of the request; returns the new ones.
    public mutating func add(_ repetition: KeptRequest) -> [Reply] {
        let new = repetition.replies.filter { !replies.contains($0) }.prefix(mostReplies - replies.count)
        replies += new
        return Array(new)
    }
}
