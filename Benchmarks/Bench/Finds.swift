import Models
import RabbitMQ

/// `vault.find` among five million values: a first page of 100, by the last four characters and by a common beginning.
enum Finds {
    private static let requests = 1000
    private static let warmUps = 50
    private static let page = 100
    private static let limit = Duration.seconds(10)

    static func run() async throws {
        try await FindPopulation.store()
        let publisher = try await Publisher.open()
        let each = FindPopulation.cards / FindPopulation.endings
        let values = FindPopulation.cards + FindPopulation.names
        print("vault.find, first page of \(page), \(values) values, request → reply")
        try await measure("last-4", "the last 4 characters, \(each) contacts each", publisher) { _ in
            data(FindPopulation.ending(.random(in: 0..<FindPopulation.endings)), FindPopulation.card)
        }
        try await measure("all-fields", "the same in all fields", publisher) { _ in
            data(FindPopulation.ending(.random(in: 0..<FindPopulation.endings)), nil)
        }
        try await measure("common-beginning", "a beginning of words, \(FindPopulation.names / 5) contacts", publisher) {
            _ in
            data("an", FindPopulation.name)
        }
        try await measure("beginnings", "beginnings of words, 3 to 8 characters", publisher) { number in
            let name = FindPopulation.lastNames[number % FindPopulation.lastNames.count]
            return data(String(name.prefix(3 + number % 6)), FindPopulation.name)
        }
        await publisher.close()
    }

    private static func data(_ text: String, _ field: String?) -> JSON {
        JSON(present: ["text": .string(text), "field": .text(field), "limit": .number("\(page)")])
    }

    private static func measure(
        _ name: String, _ what: String, _ publisher: Publisher, _ data: (Int) -> JSON
    ) async throws {
        var times: [Double] = []
        for number in 0..<(warmUps + requests) {
            let request = Publisher.message("requests", "vault.find", subject: "bench", data(number))
            let answer = try await publisher.ask(request, timeout: limit)
            guard answer.data["contacts"]?.elements?.count == page, answer.data["next"]?.text != nil else {
                throw Failure("a page is not full")
            }
            if number >= warmUps { times.append(answer.milliseconds) }
        }
        print("  \(what): \(Report.percentiles("find.\(name)", times))")
    }
}
