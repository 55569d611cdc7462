import Foundation
import Models
import RabbitMQ

/// A backlog worked off, and questions meanwhile: they go by a queue of their own. A request about one contact does
/// not: it is answered after what was published about its contact before.
enum Backlog {
    private static let forms = 1_000_000
    private static let perSecond = 20
    private static let alone = 300
    private static let answerLimit = Duration.seconds(30)

    static func run() async throws {
        // Fewer, while the benchmark itself is being worked on.
        let count = ProcessInfo.processInfo.environment["BACKLOG"].flatMap { Int($0) } ?? forms
        var optIn = try await ServiceProcess.start(["optin"])[0]
        let publisher = try await Publisher.open()
        print("a backlog of \(count) forms at opt-in, and optin.check of one contact, \(perSecond)/s")
        let quiet = try await ask(publisher) { $0 == alone }
        _ = try await optIn.stop()
        let prefix = "backlog-\(UInt32.random(in: 0 ... .max))-"
        // A thousand at a time are made, for a million would not fit well.
        for first in stride(from: 0, to: count, by: 1000) {
            try await publisher.publish((first..<min(first + 1000, count)).map { WebForm.message("\(prefix)\($0)") })
        }
        let facts = Outputs(try await [FactQueue.open("optin.changed")])
        let orders = Outputs(try await OrderQueues.open())
        let start = ContinuousClock.now
        optIn = try await ServiceProcess.start(["optin"])[0]
        async let ordered = show("\(prefix)0", publisher)
        let end = start + Outputs.limit
        let busy = try await ask(publisher) { _ in facts.messages >= count || ContinuousClock.now > end }
        try await facts.wait(for: count)
        try await orders.wait(for: count)
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        let memory = try optIn.memory()
        Report.note(Figure("backlog.rate", Double(count) / seconds, "/s", better: .more))
        print("  without it: \(Report.percentiles("backlog.without", quiet))")
        print("  during it: \(Report.percentiles("backlog.during", busy)), \(busy.count) questions")
        print(
            "  worked off at \(Int(Double(count) / seconds))/s, in \(Int(seconds)) s; opt-in's memory at most "
                + "\(Int(memory.highest.rounded(.up))) MiB")
        print("  optin.show, in its contact's order, asked at the start: answered after \(two(try await ordered)) s")
        for outputs in [facts, orders] { await outputs.close() }
        await publisher.close()
        _ = try await optIn.stop()
    }

    /// Milliseconds of each question, sent at its time whether or not earlier ones were answered.
    private static func ask(_ publisher: Publisher, until isOver: (Int) -> Bool) async throws -> [Double] {
        let start = ContinuousClock.now
        return try await withThrowingTaskGroup(of: Double.self) { group in
            var number = 0
            while !isOver(number) {
                try await Task.sleep(until: start + .seconds(1) * number / perSecond, clock: .continuous)
                let question = Publisher.message(
                    "requests", "optin.check", subject: "bench",
                    ["category": "campaign", "contacts": .array([.string("backlog-\(number)")])])
                group.addTask { try await publisher.ask(question, timeout: answerLimit).milliseconds }
                number += 1
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
    }

    /// Seconds until it was answered.
    private static func show(_ contact: String, _ publisher: Publisher) async throws -> Double {
        let question = Publisher.message("requests", "optin.show", subject: contact, [:])
        return try await publisher.ask(question, timeout: Outputs.limit).milliseconds / 1000
    }
}
