/// A message that came from a queue.
package struct Delivery: Sendable {
    /// The number by which it is acknowledged, rising on each connection from 1.
    package var tag: UInt64
    /// The exchange it was published to.
    package var exchange: String
    /// Its routing key.
    package var routingKey: String
    /// Whether it may have been delivered before.
    package var isRedelivered: Bool
    package var properties: Properties
    /// The body; empty where it was longer than the consumer's limit and was not kept.
    package var body: [UInt8]
    /// Bytes of the body as it was published.
    package var bodyBytes: Int
    /// When it arrived, on a clock that counts suspension.
    package var receivedAt: ContinuousClock.Instant

    /// Makes a delivery.
    package init(
        tag: UInt64, exchange: String, routingKey: String, isRedelivered: Bool, properties: Properties, body: [UInt8],
        bodyBytes: Int? = nil, receivedAt: ContinuousClock.Instant = .now
    ) {
        self.tag = tag
        self.exchange = exchange
        self.routingKey = routingKey
        self.isRedelivered = isRedelivered
        self.properties = properties
        self.body = body
        self.bodyBytes = bodyBytes ?? body.count
        self.receivedAt = receivedAt
    }

    /// How often a quorum queue has delivered the message before. On a first delivery the header is not read, since it
    /// is the publisher's own.
    package var deliveryCount: Int {
        guard isRedelivered, case .integer(let count) = properties.headers["x-delivery-count"] else { return 0 }
        return Int(count)
    }
}
