package import FoundationEssentials

/// Reply addresses kept for one request; a repetition beyond these gets its reply only by being sent once more.
private let mostReplies = 100

/// A request whose reply waits for another service, kept with its contact until then
/// (architecture.md, "Acknowledging late").
package struct KeptRequest: Sendable, Equatable {
    /// Where a reply goes.
    package struct Reply: Sendable, Hashable {
        /// Routing key on the default exchange.
        package let queue: String
        /// The request's correlation id, returned as it came.
        package let correlation: String?

        /// Where a reply goes.
        package init(queue: String, correlation: String?) {
            self.queue = queue
            self.correlation = correlation
        }
    }

    package let id: UUID
    package let source: String
    package let type: String
    /// The reply addresses of the request and its repetitions; none where no reply was asked for.
    package private(set) var replies: [Reply]

    package init(id: UUID, source: String, type: String, replies: [Reply]) {
        self.id = id
        self.source = source
        self.type = type
        self.replies = replies
    }

    /// Adds the reply addresses of a repetition of the request; returns the new ones.
    package mutating func add(_ repetition: KeptRequest) -> [Reply] {
        let new = repetition.replies.filter { !replies.contains($0) }.prefix(mostReplies - replies.count)
        replies += new
        return Array(new)
    }
}

extension KeptRequest {
    /// For a column.
    package var json: JSON {
        [
            "id": .string(id.text), "source": .string(source), "type": .string(type),
            "replies": .array(
                replies.map { JSON(present: ["queue": .string($0.queue), "correlation": .text($0.correlation)]) }),
        ]
    }

    /// From a column.
    package init(reading data: Reader) throws(Refusal) {
        var replies: [Reply] = []
        for (json, pointer) in try data.array("replies", limit: mostReplies) {
            let reply = try Reader(json, at: pointer)
            replies.append(
                Reply(queue: try reply.text("queue"), correlation: try reply.optionalText("correlation", limit: 1024)))
        }
        self.init(
            id: try data.uuid("id"), source: try data.text("source"), type: try data.text("type"), replies: replies)
    }
}
