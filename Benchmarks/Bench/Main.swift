import Foundation
import Models
import RabbitMQ

/// The benchmarks, run by `./dev bench` against a broker, a database and a release build of the service.
@main
struct Bench {
    static func main() async throws {
        let load = try FormLoad()
        try await load.prepare()
        print("web forms through opt-in, one in, two out, beside the bare broker with the same bytes")
        var ratios: [Double] = []
        for round in 1...rounds {
            let ceiling = try bareBroker(load.bodyBytes)
            let rate = try await load.throughput(formsPerRound)
            ratios.append(rate / ceiling)
            print(
                "  round \(round): bare broker \(Int(ceiling))/s, opt-in \(Int(rate))/s, ratio \(two(rate / ceiling))")
        }
        ratios.sort()
        print("  ratio median \(two(ratios[ratios.count / 2])) (\(two(ratios[0]))–\(two(ratios[ratios.count - 1])))")

        let times = try await load.lone(loneForms).sorted()
        print("one lone form, publish → fact")
        print("  p50 \(two(times[times.count / 2])) ms, p99 \(two(times[times.count * 99 / 100])) ms")
    }

    private static let rounds = 3
    private static let formsPerRound = 20_000
    private static let loneForms = 500

    /// Messages per second of the C program, which stands beside this one.
    private static func bareBroker(_ bodyBytes: Int) throws -> Double {
        let url = try address("AMQP_URL")
        let process = Process()
        process.executableURL = Bundle.main.bundleURL.appendingPathComponent("bare-broker")
        process.arguments = [
            url.host ?? "", "\(url.port ?? 5672)", url.user ?? "", "assent", "\(formsPerRound)", "\(bodyBytes)",
        ]
        process.environment = ["PASSWORD": url.password ?? ""]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        process.waitUntilExit()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        guard process.terminationStatus == 0, let rate = Double(text.trimmingCharacters(in: .whitespacesAndNewlines))
        else { throw Failure("the bare broker's program failed") }
        return rate
    }
}

func two(_ value: Double) -> String { String(format: "%.2f", value) }

func address(_ variable: String) throws -> URLComponents {
    guard let text = ProcessInfo.processInfo.environment[variable], let url = URLComponents(string: text) else {
        throw Failure("\(variable) must be set: run ./dev bench")
    }
    return url
}

struct Failure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
