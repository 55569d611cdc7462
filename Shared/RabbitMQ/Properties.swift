/// The basic properties of a message. Text is at most 255 bytes each.
package struct Properties: Sendable, Equatable {
    /// The body's media type.
    package var contentType: String?
    /// 2 makes the message persistent, 1 transient.
    package var deliveryMode: UInt8?
    /// The publisher's name for this message; the same when it is sent again.
    package var messageID: String?
    /// The account that published it. The broker refuses (406) any but the connection's own.
    package var userID: String?
    /// The id by which a reply is matched with its request.
    package var correlationID: String?
    /// The queue that a reply goes to.
    package var replyTo: String?
    /// Time to live in milliseconds, as AMQP wants it: a decimal number in text.
    package var expiration: String?
    package var type: String?
    /// Headers, together at most 64 KiB.
    package var headers: [String: HeaderValue]
    /// Seconds since 1970.
    package var timestamp: UInt64?

    /// Makes properties; those that are nil are not sent.
    package init(
        contentType: String? = nil, deliveryMode: UInt8? = nil, messageID: String? = nil, userID: String? = nil,
        correlationID: String? = nil, replyTo: String? = nil, expiration: String? = nil, type: String? = nil,
        headers: [String: HeaderValue] = [:], timestamp: UInt64? = nil
    ) {
        self.contentType = contentType
        self.deliveryMode = deliveryMode
        self.messageID = messageID
        self.userID = userID
        self.correlationID = correlationID
        self.replyTo = replyTo
        self.expiration = expiration
        self.type = type
        self.headers = headers
        self.timestamp = timestamp
    }
}
