import Foundation
import Models

/// The benchmarks, run by `./dev bench` against a broker, a database and a release build of the services.
@main
struct Bench {
    /// Each workload by its name; what needs a million contacts stored comes after what needs none.
    private static let workloads: [(name: String, run: @Sendable () async throws -> Void)] = [
        ("forms", Forms.run), ("third-parties", ThirdParties.run), ("one", OneOut.run), ("single", Singles.run),
        ("lone", Forms.runLone),
        ("check", Checks.run), ("import", Imports.run),
        ("store", Stores.run), ("reveal", Reveals.run), ("rewrap", Rewraps.run), ("find", Finds.run),
        ("campaign", Campaigns.run), ("ready", Starts.run),
        ("engagement", Engagements.run), ("memory", Memory.run), ("stop", Stops.run), ("backlog", Backlog.run),
        ("consent-find", ConsentFinds.run), ("size", Sizes.run),
    ]

    static func main() async {
        let chosen = CommandLine.arguments.dropFirst()
        if chosen.first == "compare" { exit(Comparison.run(Array(chosen.dropFirst()))) }
        for name in chosen where !workloads.contains(where: { $0.name == name }) {
            FileHandle.standardError.write(
                Data("bench knows no \(name): \(workloads.map(\.name).joined(separator: ", "))\n".utf8))
            exit(2)
        }
        for workload in workloads where chosen.isEmpty || chosen.contains(workload.name) {
            do {
                try await workload.run()
                try Report.save()
            } catch {
                FileHandle.standardError.write(Data("bench \(workload.name): \(error)\n".utf8))
                exit(1)
            }
            fflush(nil)  // a file or pipe has it at once
        }
    }
}
