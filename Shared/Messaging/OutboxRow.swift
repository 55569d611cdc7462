import FoundationEssentials
import Models
import RabbitMQ

/// A row of the outbox: a message to publish after its transaction has committed.
struct OutboxRow: Sendable {
    let number: Int64
    let messageID: UUID
    /// The exchange; empty for the default exchange.
    let exchange: String
    let routingKey: String
    let subject: String
    let correlation: String?
    /// The trace of the message that caused it (W3C).
    let traceparent: String?
    /// Whether the reply waits for the leases (X3).
    let isHeld: Bool
    let body: [UInt8]

    var isFact: Bool { exchange == Exchange.facts.rawValue }

    func outgoing(from service: SuiteService) -> OutgoingMessage {
        OutgoingMessage(
            exchange: exchange, routingKey: routingKey,
            properties: properties(
                id: messageID.text, account: service.rawValue, correlation: correlation, subject: subject,
                traceparent: traceparent),
            body: body, mandatory: exchange == Exchange.internal.rawValue)
    }
}
