import Cryptography
import FoundationEssentials
package import Models
package import RabbitMQ

extension OutgoingMessage {
    /// Creates a message for an event that no batch has made. It is mandatory on `internal`, where a queue must be
    /// bound, and not on `facts`, where none need be.
    package init(_ event: Event, on exchange: Exchange, by service: SuiteService) {
        self.init(
            exchange: exchange.rawValue, routingKey: event.type,
            properties: Messaging.properties(
                id: event.id.text, account: service.rawValue, correlation: nil, subject: event.subject),
            body: event.bytes, mandatory: exchange == .internal)
    }
}

func newID(at time: Timestamp) -> UUID { .timeOrdered(at: time, random: Random.bytes(10)) }

func properties(
    id: String, account: String, correlation: String?, subject: String, traceparent: String? = nil
) -> Properties {
    var headers: [String: HeaderValue] = ["partitionkey": .string(subject)]
    if let traceparent { headers["traceparent"] = .string(traceparent) }
    return Properties(
        contentType: Event.contentType, deliveryMode: 2, messageID: id, userID: account, correlationID: correlation,
        headers: headers)
}
