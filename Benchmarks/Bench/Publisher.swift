import Foundation
import Models
import RabbitMQ

/// A publisher's messages and requests, as the account `crm`.
struct Publisher {
    private let requester: Requester
    private let connection: Connection

    static func open() async throws -> Publisher {
        let crm = try BrokerAddress(url: try variable("AMQP_URL"))
        return Publisher(
            requester: try await Requester.open(crm, name: "bench/requester"),
            connection: try await Connection.open(crm, name: "bench/publisher"))
    }

    /// A message about a contact, or a request that names several.
    static func message(
        _ exchange: String, _ type: String, subject: String, _ data: JSON, token: String? = nil
    ) -> OutgoingMessage {
        let id = UUID()
        let time = Timestamp(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000))
        let event = Event(id: id, source: "/crm", type: type, subject: subject, time: time, data: data)
        var headers: [String: HeaderValue] = ["partitionkey": .string(subject)]
        if let token { headers["authorization"] = .string("Bearer \(token)") }
        return OutgoingMessage(
            exchange: exchange, routingKey: type,
            properties: Properties(
                contentType: Event.contentType, deliveryMode: 2, messageID: id.text, userID: "crm", headers: headers),
            body: event.bytes, mandatory: true)
    }

    /// Publishes, a thousand at a time.
    func publish(_ messages: [OutgoingMessage]) async throws {
        for start in stride(from: 0, to: messages.count, by: 1000) {
            _ = try await connection.publish(Array(messages[start..<min(start + 1000, messages.count)]))
        }
    }

    /// Milliseconds from the request's publishing to the reply's arrival, and the reply's data, parsed after that.
    func ask(_ request: OutgoingMessage, timeout: Duration) async throws -> (milliseconds: Double, data: JSON) {
        let start = ContinuousClock.now
        let reply = try await requester.request(request, timeout: timeout)
        let milliseconds = (ContinuousClock.now - start) / .milliseconds(1)
        let data = try Event(parsing: reply.body).data
        // A result may have a status of its own; only a refusal says `error`.
        guard data["status"]?.text != "error" else {
            throw Failure("\(request.routingKey): \(data.serialized.prefix(200))")
        }
        return (milliseconds, data)
    }

    func close() async {
        await requester.close()
        await connection.close()
    }
}
