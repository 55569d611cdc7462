/// The size limit of replies (contract section 1): a page ends before it, and any other reply is refused. A larger one
/// would close the broker's channel, be retried for ever, and block its partition.
package enum ReplySize {
    /// Bytes of a whole reply.
    package static let limit = 1 << 20
    /// Bytes of its result: the rest is for the envelope and a cursor, both bounded.
    package static let resultLimit = limit - 16_384
}

/// The elements of one page: as many as fit in a reply.
package struct ReplyPage: Sendable {
    /// In the order in which they were added.
    package private(set) var elements: [JSON] = []
    private var size = 0

    package init() {}

    /// Adds an element; false where the page has no room for it, so that the next page begins with it.
    package mutating func add(_ element: JSON) -> Bool {
        size += element.bytes.count + 1
        guard size <= ReplySize.resultLimit else { return false }
        elements.append(element)
        return true
    }
}

extension JSON {
    /// A result that has no pages; `advice` says how to ask for less.
    package func fitting(_ advice: String) throws(Refusal) -> JSON {
        guard bytes.count <= ReplySize.resultLimit else { throw .replyTooLarge(advice) }
        return self
    }
}

extension Refusal {
    /// The reply would not fit; `advice` says how to ask for less.
    package static func replyTooLarge(_ advice: String) -> Refusal {
        Refusal(.tooLarge, "the reply would be larger than \(ReplySize.limit) bytes: \(advice)")
    }
}

extension String {
    /// The longest beginning of whole characters (Unicode scalars) that takes at most `limit` bytes as JSON, less the
    /// quotes: a control character takes six.
    package func cut(toJSONBytes limit: Int) -> String {
        var size = 0
        for index in unicodeScalars.indices {
            size += JSON.size(of: unicodeScalars[index])
            if size > limit { return String(self[..<index]) }
        }
        return self
    }
}
