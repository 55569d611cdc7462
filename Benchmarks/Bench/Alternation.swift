import Foundation

/// The suite beside the two that bound it, one after the other in each round: the bare broker with the same bytes, and
/// the C program that does the same batch transaction with no service around it.
struct Alternation {
    private static let rounds = 5
    /// As many as it takes to see about how fast each is.
    static let tried = 5000
    /// Of each in a round.
    private static let roundSeconds = 5.0

    /// The workload's name, before its figures.
    let name: String
    let service: String
    /// Messages that leave for each that comes.
    let outgoing: Int
    let bodyBytes: Int
    /// Messages per second through the suite.
    let throughput: (_ count: Int) async throws -> Double

    /// As many messages as a round takes at this rate.
    static func count(at rate: Double) -> Int { max(1000, Int(rate * roundSeconds)) }

    func run() async throws {
        let bareMessages = Self.count(at: try bareBroker(messages: Self.tried, bodyBytes: bodyBytes))
        let programMessages = Self.count(
            at: try bareBroker(messages: Self.tried, bodyBytes: bodyBytes, outgoing: outgoing))
        let suiteMessages = Self.count(at: try await throughput(Self.tried))
        var ratios: [Double] = [], programRatios: [Double] = [], ofProgram: [Double] = [], times: [ProcessorTime] = []
        for round in 1...Self.rounds {
            let ceiling = try bareBroker(messages: bareMessages, bodyBytes: bodyBytes)
            let program = try bareBroker(messages: programMessages, bodyBytes: bodyBytes, outgoing: outgoing)
            let before = try ProcessorTime.read(of: service)
            let rate = try await throughput(suiteMessages)
            times.append(try ProcessorTime.read(of: service).microseconds(since: before, each: suiteMessages))
            ratios.append(rate / ceiling)
            programRatios.append(program / ceiling)
            ofProgram.append(rate / program)
            print(
                "  round \(round): bare broker \(Int(ceiling))/s; C program \(Int(program))/s, \(two(program / ceiling)); "
                    + "\(service) \(Int(rate))/s, \(two(rate / ceiling)), of the C program \(two(rate / program))")
            fflush(nil)
        }
        print("  ratio \(Report.median("\(name).ratio", ratios, better: .more))")
        print("  ratio of the C program \(Report.median("\(name).program-ratio", programRatios, better: .more))")
        print("  to the C program \(Report.median("\(name).to-program", ofProgram, better: .more))")
        printTimes(times)
    }

    private func printTimes(_ times: [ProcessorTime]) {
        print("  processor time for each, in µs")
        for (group, values) in [
            ("broker", times.map(\.broker)), ("postgresql", times.map(\.database)), (service, times.map(\.service)),
        ] {
            print("    \(group) \(Report.median("\(name).cpu.\(group)", values, "µs", better: .less))")
        }
    }
}
