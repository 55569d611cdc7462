import Models
import RabbitMQ

/// `optin.import` of 10,000 contacts, each of whom gets another status, a million stored.
enum Imports {
    private static let rounds = 3
    private static let contactsPerRound = 10_000
    private static let limit = Duration.seconds(120)

    static func run() async throws {
        try await Population.store()
        let token = try variable("MARKETING_TOKEN")
        let publisher = try await Publisher.open()
        let numbers = (0..<Population.count).filter(Population.hasNoStatus).shuffled()
        print("optin.import of \(contactsPerRound) contacts, request → reply")
        var rates: [Double] = []
        for round in 0..<rounds {
            let chosen = numbers[(round * contactsPerRound)..<((round + 1) * contactsPerRound)]
            let answer = try await publisher.ask(request(chosen, token), timeout: limit)
            guard answer.data["changed"]?.integer == Int64(contactsPerRound) else {
                throw Failure("not everybody was imported: run it on a new database")
            }
            rates.append(Double(contactsPerRound) / answer.milliseconds * 1000)
            print("  round \(round + 1): \(Int(rates[round])) contacts/s")
        }
        print("  contacts/s \(Report.median("import.contacts", rates, "/s", better: .more))")
        await publisher.close()
    }

    private static func request(_ chosen: ArraySlice<Int>, _ token: String) -> OutgoingMessage {
        let contacts: [JSON] = chosen.map {
            ["contact": .string(Population.contact($0)), "status": "single-opt-in-user"]
        }
        return Publisher.message(
            "requests", "optin.import", subject: "bench", ["contacts": .array(contacts)], token: token)
    }
}
