import Models
import RabbitMQ
import Testing

@testable import Messaging

/// A delivery of the event, as a registry with these handlers reads it.
func candidate<State: Aggregate>(
    of event: Event, on exchange: Exchange, replyTo: String? = nil, correlation: String? = nil,
    traceparent: String? = nil, receivedAt: ContinuousClock.Instant = .now, _ register: (inout Registry<State>) -> Void
) throws -> Candidate<State> {
    var headers: [String: HeaderValue] = ["partitionkey": .string(event.subject)]
    if let traceparent { headers["traceparent"] = .string(traceparent) }
    let delivery = Delivery(
        tag: 1, exchange: exchange.rawValue, routingKey: event.type, isRedelivered: false,
        properties: Properties(userID: "crm", correlationID: correlation, replyTo: replyTo, headers: headers),
        body: event.bytes, receivedAt: receivedAt)
    var registry = Registry<State>()
    register(&registry)
    let incoming = Incoming(delivery, expecting: registry.expected)
    let rule = try #require(registry.rules[event.type])
    return Candidate(
        incoming: incoming,
        content: .success(
            .init(
                message: try incoming.result.get(), verdict: .none(.missing),
                prepared: try rule.read(try Reader(event.data, at: "/data")), sharedKeys: [])))
}
