import Foundation
import RabbitMQ

/// Messages to the suite as a CRM publishes them, and what the suite makes of each, taken: by the C program, as the
/// bare broker's are.
struct SuiteLoad {
    /// The CRM's queue of one fact or answer for each message.
    let facts: String
    /// Whose partitions' queues get an order for each message; nil: nobody's.
    let orders: String?

    /// Messages per second, from the first publish to the last fact and order taken. They go to one exchange under one
    /// routing key.
    func throughput(_ messages: [OutgoingMessage]) throws -> Double {
        let crm = try address("AMQP_URL")
        var arguments = [
            "load", crm.host ?? "", "\(crm.port ?? 5672)", "assent", crm.user ?? "", messages[0].exchange,
            messages[0].routingKey, facts,
        ]
        var environment = ["PASSWORD": crm.password ?? ""]
        environment["REPLY_TO"] = messages[0].properties.replyTo
        if let orders {
            let taker = try address("\(orders.uppercased())_AMQP_URL")
            arguments += [orders, taker.user ?? ""]
            environment["TAKER_PASSWORD"] = taker.password ?? ""
        }
        let file = FileManager.default.temporaryDirectory.appending(path: "bench-\(UUID()).messages")
        try Self.input(messages).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        return try numberFromProgram("bare-broker", arguments, environment: environment, input: file)
    }

    /// Each message's id, contact and body, after their lengths.
    private static func input(_ messages: [OutgoingMessage]) -> Data {
        var data = Data()
        for message in messages {
            guard case .string(let contact)? = message.properties.headers["partitionkey"] else { continue }
            for part in [Array((message.properties.messageID ?? "").utf8), Array(contact.utf8), message.body] {
                withUnsafeBytes(of: UInt32(part.count).bigEndian) { data.append(contentsOf: $0) }
                data.append(contentsOf: part)
            }
        }
        return data
    }
}
