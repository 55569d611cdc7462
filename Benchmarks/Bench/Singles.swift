import Foundation

/// Web forms through opt-in, batch by batch, beside the usual way: the same service with a transaction, a publish that
/// is waited for and an acknowledgement for each, one after the other.
enum Singles {
    private static let rounds = 3
    private static let tried = 500

    static func run() async throws {
        let load = try FormLoad()
        try await load.prepare()
        print("web forms through opt-in, batches beside one transaction for each (bar: 12 ×)")
        // The first start makes the tables.
        let batched = try await rate(Alternation.tried, batch: nil, load)
        let alone = try await rate(tried, batch: 1, load)
        var ratios: [Double] = []
        for round in 1...rounds {
            let batches = try await rate(Alternation.count(at: batched), batch: nil, load)
            let single = try await rate(Alternation.count(at: alone), batch: 1, load)
            ratios.append(batches / single)
            print(
                "  round \(round): batches \(Int(batches))/s, one by one \(Int(single))/s, \(two(batches / single)) ×"
            )
            fflush(nil)
        }
        print("  \(Report.median("single.gain", ratios, "×", better: .more))")
    }

    private static func rate(_ count: Int, batch: Int?, _ load: FormLoad) async throws -> Double {
        let service = try ServiceProcess.start("optin", with: batch.map { ["BATCH_MESSAGES": "\($0)"] } ?? [:])
        _ = try await service.untilReady()
        let rate = try load.throughput(count)
        _ = try await service.stop()
        return rate
    }
}
