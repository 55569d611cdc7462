/// A message on its way to the broker.
package struct OutgoingMessage: Sendable {
    /// The exchange; empty for the default one, which routes to the queue of the routing key's name.
    package var exchange: String
    package var routingKey: String
    package var properties: Properties
    /// The body, at most 16 MiB: newer brokers take no more.
    package var body: [UInt8]
    /// Whether the broker returns the message when no queue takes it.
    package var mandatory: Bool
    /// The time after which it is no longer sent and counts as rejected. Nil: it may be sent at any time.
    package var expiresAt: ContinuousClock.Instant?

    /// Makes a message.
    package init(
        exchange: String, routingKey: String, properties: Properties = Properties(), body: [UInt8],
        mandatory: Bool = true
    ) {
        self.exchange = exchange
        self.routingKey = routingKey
        self.properties = properties
        self.body = body
        self.mandatory = mandatory
    }

    /// AMQP's short strings: their length is one byte. The library would notice a longer one only after the first frame
    /// is sent.
    private static let shortStringLimit = 255
    /// All headers must fit into one frame of 128 KiB together with the other properties.
    private static let headersLimit = 65_536
    /// RabbitMQ 4's limit.
    private static let bodyLimit = 16 * 1024 * 1024

    /// Whether AMQP and the broker can take the message; `publish` refuses a call with one that they cannot.
    package var isPublishable: Bool { (try? validate()) != nil }

    func validate() throws(BrokerError) {
        let properties = self.properties
        let isShort =
            exchange.utf8.count <= Self.shortStringLimit && routingKey.utf8.count <= Self.shortStringLimit
            && [
                properties.contentType, properties.messageID, properties.userID, properties.correlationID,
                properties.replyTo, properties.expiration, properties.type,
            ].allSatisfy { $0.map { $0.utf8.count <= Self.shortStringLimit } ?? true }
        guard isShort else { throw BrokerError(.invalidMessage, "a name or property over 255 bytes") }
        guard body.count <= Self.bodyLimit else { throw BrokerError(.invalidMessage, "a body over 16 MiB") }
        var size = 0
        for (name, value) in properties.headers {
            guard name.utf8.count <= Self.shortStringLimit else {
                throw BrokerError(.invalidMessage, "a header's name over 255 bytes")
            }
            size += name.utf8.count + 16
            if case .string(let text) = value { size += text.utf8.count }
        }
        guard size <= Self.headersLimit else { throw BrokerError(.invalidMessage, "headers over 64 KiB") }
    }
}
