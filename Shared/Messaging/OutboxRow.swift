import FoundationEssentials
import Models
import RabbitMQ

/// A row of the outbox: a message that leaves because something was committed.
struct OutboxRow: Sendable {
    let number: Int64
    let messageID: UUID
    /// Empty: the default exchange.
    let exchange: String
    let routingKey: String
    let subject: String
    let correlation: String?
    /// Of the message that caused it (W3C).
    let traceparent: String?
    /// Waits out the leases (X3).
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
