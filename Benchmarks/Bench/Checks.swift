import Models
import RabbitMQ

/// `optin.check` of 10,000 contacts, a million stored: the first thing a sender of campaigns does.
enum Checks {
    private static let requests = 100
    private static let warmUps = 10
    private static let contactsPerRequest = 10_000
    private static let limit = Duration.seconds(10)

    static func run() async throws {
        try await Population.store()
        let publisher = try await Publisher.open()
        print("optin.check of \(contactsPerRequest) contacts at random, a million stored, request → reply")
        var times: [Double] = []
        for number in 0..<(warmUps + requests) {
            let contacts = (0..<contactsPerRequest).map { _ in Int.random(in: 0..<Population.count) }
            let answer = try await publisher.ask(request(contacts), timeout: limit)
            guard named(in: answer.data) == contactsPerRequest else { throw Failure("not everybody was answered") }
            if number >= warmUps { times.append(answer.milliseconds) }
        }
        print("  \(Report.percentiles("check", times)) (bar: p50 25 ms)")
        await publisher.close()
    }

    private static func request(_ contacts: [Int]) -> OutgoingMessage {
        Publisher.message(
            "requests", "optin.check", subject: "bench",
            [
                "category": "campaign",
                "contacts": .array(contacts.map { .string(Population.contact($0)) }),
            ])
    }

    /// How many contacts the reply names.
    private static func named(in data: JSON) -> Int {
        let refused = data["refused"]?.members ?? []
        return refused.reduce(data["allowed"]?.elements?.count ?? 0) { $0 + ($1.value.elements?.count ?? 0) }
    }
}
