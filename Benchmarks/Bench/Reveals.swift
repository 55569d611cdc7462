import Cryptography
import Foundation
import Models
import RabbitMQ

/// `vault.reveal` at 200 a second, each sent at its time whether or not earlier ones were answered.
enum Reveals {
    private static let perSecond = 200
    private static let warmUps = 400
    private static let reveals = 4000
    private static let contacts = 2000
    private static let limit = Duration.seconds(10)

    static func run() async throws {
        // So many users that none comes to the limit of an hour.
        let tokens = try variable("BILLING_TOKENS").split(separator: " ").map(String.init)
        let publisher = try await Publisher.open()
        let contacts = try await VaultContacts.tell(contacts, by: publisher)
        for contact in contacts.ids { _ = try await publisher.ask(contacts.store(contact), timeout: limit) }
        let key = PrivateSealingKey.generate()
        let replyKey = try JSON(parsing: [UInt8](key.publicKey.jwk.utf8))
        let requests = (0..<(warmUps + reveals)).map { number in
            Publisher.message(
                "requests", "vault.reveal", subject: contacts.ids[number % contacts.ids.count],
                ["field": .string(VaultContacts.field), "reason": "Refund of order 4711", "replyKey": replyKey],
                token: tokens[number % tokens.count])
        }
        print("vault.reveal at \(perSecond)/s for \(reveals / perSecond) s, request → reply")
        let answers = try await ask(requests, publisher)
        for (_, data) in answers {
            let opened = try JWE.open(data["sealed"]?.text ?? "") { _ in key }
            guard opened.plaintext == VaultContacts.value else { throw Failure("another value was revealed") }
        }
        let times = answers.dropFirst(warmUps).map(\.milliseconds)
        print("  \(Report.percentiles("reveal", times)) (bar: p99 15 ms)")
        await publisher.close()
    }

    /// The answers in the order of the requests.
    private static func ask(
        _ requests: [OutgoingMessage], _ publisher: Publisher
    ) async throws -> [(milliseconds: Double, data: JSON)] {
        let start = ContinuousClock.now
        return try await withThrowingTaskGroup(of: (Int, Double, JSON).self) { group in
            for (number, request) in requests.enumerated() {
                try await Task.sleep(until: start + .seconds(1) * number / perSecond, clock: .continuous)
                group.addTask {
                    let answer = try await publisher.ask(request, timeout: limit)
                    return (number, answer.milliseconds, answer.data)
                }
            }
            var answers: [(Int, Double, JSON)] = []
            for try await answer in group { answers.append(answer) }
            return answers.sorted { $0.0 < $1.0 }.map { ($0.1, $0.2) }
        }
    }
}
