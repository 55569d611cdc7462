import Foundation
import Models
import RabbitMQ

/// One durable message in, one out: engagements of contacts who consented to tracking become facts, through consent.
enum Engagements {
    private static let contacts = 1000
    private static let type = "engagement.recorded"
    private static let fact = "engagement.accepted"
    private static let limit = Duration.seconds(60)

    static func run() async throws {
        let consent = try await ServiceProcess.start(["consent"])[0]
        let contacts = try await consenting()
        // Its queue outlives the connection.
        await (try await FactQueue.open(fact)).close()
        print("engagements through consent, one in, one out, beside the bare broker (bar: to the C program 0.85)")
        let alternation = Alternation(
            name: "engagement", service: "consent", outgoing: 1, bodyBytes: message(contacts[0], 0).body.count
        ) { count in
            let messages = (0..<count).map { message(contacts[$0 % contacts.count], $0) }
            return try SuiteLoad(facts: FactQueue.name(fact), orders: nil).throughput(messages)
        }
        try await alternation.run()
        _ = try await consent.stop()
    }

    private static func message(_ contact: String, _ number: Int) -> OutgoingMessage {
        Publisher.message(
            "contacts", type, subject: contact, ["kind": "link-clicked", "item": .string("spring-2027#\(number % 10)")])
    }

    /// Contacts who granted tracking.
    private static func consenting() async throws -> [String] {
        let publisher = try await Publisher.open()
        let run = String(UInt32.random(in: 0 ... .max), radix: 36)
        let contacts = (0..<contacts).map { "engaged-\(run)-\($0)" }
        try await publisher.publish(
            contacts.map {
                Publisher.message("contacts", "contact.created", subject: $0, ["email": .string("\($0)@example.com")])
            })
        let token = try variable("PRIVACY_TOKEN")
        try await withThrowingTaskGroup(of: Void.self) { group in
            for contact in contacts {
                let request = Publisher.message(
                    "requests", "consent.record", subject: contact,
                    [
                        "consent": "tracking", "decision": "granted", "channel": "import",
                        "evidence": ["reference": "bench"],
                    ], token: token)
                group.addTask { _ = try await publisher.ask(request, timeout: limit) }
            }
            try await group.waitForAll()
        }
        await publisher.close()
        return contacts
    }
}
