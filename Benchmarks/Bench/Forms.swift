import Foundation

/// Web forms through opt-in: many at once beside the bare broker, and one after the other.
enum Forms {
    private static let loneForms = 500

    static func run() async throws {
        let load = try FormLoad()
        try await load.prepare()
        print("web forms through opt-in, one in, two out, beside the bare broker with the same bytes (bar: ratio 0.3)")
        let alternation = Alternation(name: "forms", service: "optin", outgoing: 2, bodyBytes: load.bodyBytes) {
            try load.throughput($0)
        }
        try await alternation.run()
    }

    static func runLone() async throws {
        let load = try FormLoad()
        try await load.prepare()
        print("one lone form, publish → fact (bars: p50 5 ms, p99 20 ms)")
        print("  \(Report.percentiles("lone", try await load.lone(loneForms)))")
    }
}
