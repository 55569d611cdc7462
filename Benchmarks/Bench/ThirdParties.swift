import Foundation
import Models
import RabbitMQ

/// What queues of other parties at the facts cost the suite's own work: opt-outs' acknowledgements, and forms.
enum ThirdParties {
    private static let rounds = 3
    private static let optOuts = 400
    private static let limit = Duration.seconds(120)

    /// One measurement: milliseconds of each acknowledgement, and forms a second.
    private typealias Round = (times: [Double], rate: Double)

    static func run() async throws {
        let load = try FormLoad()
        try await load.prepare()
        let publisher = try await Publisher.open()
        print("opt-outs and forms, alone and beside a queue at the facts that rejects and one that never confirms")
        let forms = Alternation.count(at: try load.throughput(Alternation.tried))
        var rates: [Double] = [], waits: [Double] = [], times: [Double] = []
        for round in 1...rounds {
            // For some seconds after trouble with a queue the relay sends each fact to the suite's services as well.
            try await Task.sleep(for: .seconds(15))
            let alone = try await measure(forms, load, publisher)
            let queues = try await HostileQueues.bind()
            let beside: Round
            do {
                beside = try await measure(forms, load, publisher)
            } catch {
                try? await queues.remove()
                throw error
            }
            try await queues.remove()
            rates.append(beside.rate / alone.rate)
            waits.append(median(beside.times) / median(alone.times))
            times += beside.times
            print(
                "  round \(round): \(optOuts) opt-outs acknowledged in \(two(median(alone.times))) ms alone, "
                    + "\(two(median(beside.times))) beside; forms \(Int(alone.rate))/s alone, \(Int(beside.rate))/s beside"
            )
            fflush(nil)
        }
        print("  forms beside to alone: \(Report.median("third-parties.forms", rates, better: .more))")
        print("  acknowledgement beside to alone: \(Report.median("third-parties.waits", waits, better: .less))")
        print("  \(Report.percentiles("third-parties.opt-out", times))")
        await publisher.close()
    }

    private static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

    private static func measure(_ forms: Int, _ load: FormLoad, _ publisher: Publisher) async throws -> Round {
        let times = try await optOut(by: publisher)
        return (times, try load.throughput(forms))
    }

    /// All at once, each of a contact of its own.
    private static func optOut(by publisher: Publisher) async throws -> [Double] {
        let run = UInt32.random(in: 0 ... .max)
        let token = try variable("MARKETING_TOKEN")
        let contacts = (0..<optOuts).map { "third-\(run)-\($0)" }
        try await publisher.publish(
            contacts.map { contact in
                Publisher.message(
                    "contacts", "contact.created", subject: contact, ["email": .string("\(contact)@example.com")])
            })
        return try await withThrowingTaskGroup(of: Double.self) { group in
            for contact in contacts {
                let request = Publisher.message(
                    "requests", "optin.set", subject: contact, ["status": "opt-out-user"], token: token)
                group.addTask { try await publisher.ask(request, timeout: limit).milliseconds }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
    }
}
