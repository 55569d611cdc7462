import Foundation
import Models
import RabbitMQ

/// `consent.find` among five million contacts: first pages of 100, by conditions of many kinds.
enum ConsentFinds {
    private static let requests = 1000
    private static let warmUps = 50
    private static let page = 100
    private static let limit = Duration.seconds(30)

    /// What is asked, and in words how many it holds for.
    private struct Kind {
        let name: String
        let what: String
        let condition: @Sendable () -> JSON

        init(_ name: String, _ what: String, _ condition: @escaping @Sendable () -> JSON) {
            self.name = name
            self.what = what
            self.condition = condition
        }
    }

    private static let kinds: [Kind] = [
        Kind("a-third", "region is EU: a third") { leaf("profile.region", "EU") },
        Kind("one-company", "company is one: \(ConsentPopulation.perCompany) contacts") {
            leaf("profile.company", company())
        },
        Kind("a-thousandth", "salesStage is ready-to-buy: a thousandth") { leaf("profile.salesStage", "ready-to-buy") },
        Kind("opt-in", "optIn is double-opt-in: half") { leaf("optIn", "double-opt-in") },
        Kind("list", "on list events: a sixth") { ["field": "list.events", "is": true] },
        Kind("consent", "consent.tracking is granted: a fifth") { leaf("consent.tracking", "granted") },
        Kind("campaign", "region EU, double-opt-in, partner-contact not revoked") {
            [
                "all": [
                    leaf("profile.region", "EU"), leaf("optIn", "double-opt-in"),
                    ["not": leaf("consent.partner-contact", "revoked")],
                ]
            ]
        },
        Kind("rare-of-three", "ready-to-buy, credit-card granted, on list news: 33 in a million") {
            [
                "all": [
                    leaf("profile.salesStage", "ready-to-buy"), leaf("consent.credit-card", "granted"),
                    ["field": "list.news", "is": true],
                ]
            ]
        },
        Kind("two-companies", "one of two companies") {
            ["any": [leaf("profile.company", company()), leaf("profile.company", company())]]
        },
        Kind("range", "score at least 900: a tenth") { ["field": "profile.score", "atLeast": .number("900")] },
        Kind("nobody", "region is nobody's") { leaf("profile.region", "ANTARCTIC") },
        // Those who stand together at the end of the ids' order, and what no index serves.
        Kind("last", "region is LATAM: the last fiftieth by id") { leaf("profile.region", "LATAM") },
        Kind("last-on-list", "region is LATAM, on list news, not tracked: a part of these") {
            [
                "all": [
                    leaf("profile.region", "LATAM"), ["field": "list.news", "is": true],
                    ["not": leaf("consent.tracking", "granted")],
                ]
            ]
        },
        Kind("no-range", "score at least 1000: nobody") { ["field": "profile.score", "atLeast": .number("1000")] },
        Kind("no-range-in-a-third", "region EU and score at least 1000: nobody") {
            ["all": [leaf("profile.region", "EU"), ["field": "profile.score", "atLeast": .number("1000")]]]
        },
        Kind("other-region", "no region of the four") {
            ["not": ["field": "profile.region", "in": ["EU", "US", "APAC", "LATAM"]]]
        },
        Kind("other-locale", "locale begins with fr: nobody") { ["field": "locale", "startsWith": "fr"] },
    ]

    static func run() async throws {
        let consent = try await ServiceProcess.start(["consent"])[0]
        print(
            "consent.find among \(ConsentPopulation.count), first page of \(page), request to reply (bar: p99 100 ms)")
        try await ConsentPopulation.store()
        let publisher = try await Publisher.open()
        var times = [[Double]](repeating: [], count: kinds.count), short = [Int](repeating: 0, count: kinds.count)
        for number in 0..<(warmUps + requests) {
            let kind = number % kinds.count
            let (milliseconds, isShort) = try await ask(kinds[kind], publisher)
            guard number >= warmUps else { continue }
            times[kind].append(milliseconds)
            short[kind] += isShort ? 1 : 0
        }
        for (number, kind) in kinds.enumerated() {
            let figure = Report.percentiles("consent-find.\(kind.name)", times[number])
            let note = short[number] > 0 ? "; \(short[number]) of \(times[number].count) pages short, with a next" : ""
            print("  \(kind.what): \(figure)\(note)")
        }
        print("  all: \(Report.percentiles("consent-find", times.flatMap { $0 }))")
        await publisher.close()
        _ = try await consent.stop()
    }

    /// Short: not full, though it is not the last.
    private static func ask(_ kind: Kind, _ publisher: Publisher) async throws -> (Double, isShort: Bool) {
        let request = Publisher.message(
            "requests", "consent.find", subject: "bench",
            ["where": kind.condition(), "limit": .number("\(page)")])
        let (milliseconds, data) = try await publisher.ask(request, timeout: limit)
        return (milliseconds, data["next"]?.text != nil && data["contacts"]?.elements?.count != page)
    }

    private static func leaf(_ field: String, _ value: String) -> JSON {
        ["field": .string(field), "is": .string(value)]
    }

    private static func company() -> String { "company-\(Int.random(in: 0..<ConsentPopulation.companies))" }
}
