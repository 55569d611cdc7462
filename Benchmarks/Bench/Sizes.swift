import Foundation
import Models
import RabbitMQ

/// Forms at opt-in with few contacts stored and with a hundred times as many: half of them of contacts that it knows,
/// at random, half of new ones. The ceiling of each round shows how the machine changes meanwhile.
enum Sizes {
    private static let few = 50_000
    private static let many = 5_000_000
    private static let rounds = 3
    private static let forms = 16_000
    private static let facts = "optin.changed"

    static func run() async throws {
        let optIn = try await ServiceProcess.start(["optin"])[0]
        print("forms at opt-in, half of contacts that it knows, beside the bare broker (bar: 0.85 of the rate)")
        await (try FactQueue.open(facts)).close()
        // Each round takes its own of them, for a second form would change nothing.
        var known = (0..<few).filter { SizePopulation.hasNoStatus($0) }.shuffled()
        try await SizePopulation.store(0..<few)
        let (fewRatios, fewRates) = try measure(&known, "\(few) stored")
        try await SizePopulation.store(few..<many)
        known = (few..<many).filter { SizePopulation.hasNoStatus($0) }.shuffled()
        let (manyRatios, manyRates) = try measure(&known, "\(many) stored")
        let ratio = middle(manyRatios) / middle(fewRatios)
        Report.note(Figure("size.ratio", ratio, "", better: .more))
        print(
            "  \(many) to \(few): \(two(middle(manyRates) / middle(fewRates))), as parts of the ceiling \(two(ratio))")
        _ = try await optIn.stop()
    }

    private static func measure(
        _ known: inout [Int], _ what: String
    ) throws -> (ratios: [Double], rates: [Double]) {
        var ratios: [Double] = [], rates: [Double] = []
        let load = SuiteLoad(facts: FactQueue.name(facts), orders: "notifier")
        // The first one warms caches up and does not count.
        for round in 0...rounds {
            let run = UInt32.random(in: 0 ... .max)
            let chosen = known.suffix(forms / 2)
            known.removeLast(forms / 2)
            let messages = chosen.enumerated().flatMap { number, contact in
                [WebForm.message(SizePopulation.contact(contact)), WebForm.message("new-\(run)-\(number)")]
            }
            let ceiling = try bareBroker(messages: forms, bodyBytes: messages[0].body.count)
            let before = try ProcessorTime.read(of: "optin")
            let rate = try load.throughput(messages)
            guard round > 0 else { continue }
            let time = try ProcessorTime.read(of: "optin").microseconds(since: before, each: forms)
            ratios.append(rate / ceiling)
            rates.append(rate)
            print(
                "  \(what), round \(round): bare broker \(Int(ceiling))/s, opt-in \(Int(rate))/s, "
                    + "ratio \(two(rate / ceiling)); processor time for each: PostgreSQL \(Int(time.database)) µs, "
                    + "opt-in \(Int(time.service)) µs")
        }
        return (ratios, rates)
    }

    private static func middle(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
}
