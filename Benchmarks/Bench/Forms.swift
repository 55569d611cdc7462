import Foundation

/// Web forms through opt-in: many at once beside the bare broker, and one after the other.
enum Forms {
    private static let rounds = 3
    private static let formsPerRound = 20_000
    private static let loneForms = 500

    static func run() async throws {
        let load = try FormLoad()
        try await load.prepare()
        print("web forms through opt-in, one in, two out, beside the bare broker with the same bytes")
        var ratios: [Double] = []
        for round in 1...rounds {
            let ceiling = try bareBroker(messages: formsPerRound, bodyBytes: load.bodyBytes)
            let rate = try load.throughput(formsPerRound)
            ratios.append(rate / ceiling)
            print(
                "  round \(round): bare broker \(Int(ceiling))/s, opt-in \(Int(rate))/s, ratio \(two(rate / ceiling))")
        }
        print("  ratio \(median(ratios))")
    }

    static func runLone() async throws {
        let load = try FormLoad()
        try await load.prepare()
        print("one lone form, publish → fact")
        print("  \(percentiles(try await load.lone(loneForms)))")
    }
}
