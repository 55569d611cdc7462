/// The basic properties of a message. Text is at most 255 bytes each.
public struct Properties: Sendable, Equatable {
    /// The body's media type.
    public var contentType: String?
    /// 2 makes the message persistent, 1 transient.
    public var deliveryMode: UInt8?
    /// The publisher's name for this message; the same when it is sent again.
    public var messageID: String?
    /// The account that published it. The broker refuses (406) any but the connection's own.
    public var userID: String?
    /// The id by which a reply is matched with its request.
    public var correlationID: String?
    /// The queue that a reply goes to.
    public var replyTo: String?
    /// Time to live in milliseconds, as AMQP wants it: a decimal number in text.
    public var expiration: String?
    /// The message's type.
    public var type: String?
    /// Headers, together at most 64 KiB.
    public var headers: [String: HeaderValue]
    /// Seconds since 1970.
    public var timestamp: UInt64?

    /// Makes properties; those that are nil are not sent.
    public init(
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
