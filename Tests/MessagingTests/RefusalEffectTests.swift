import FoundationEssentials
import Models
import RabbitMQ
import Testing

@testable import Messaging

private struct Count: Aggregate {
    typealias Environment = Int
    static let unknown = Count(value: 0)
    var value: Int
}

/// Counts, orders, and refuses beyond one.
private struct Counted: Handler {
    static let type = "contact.updated"
    static let exchange = Exchange.contacts

    init(reading data: Reader) {}

    func decide(_ state: inout Count, _ context: Context<Count>) throws(Refusal) -> [Effect] {
        let order = Effect.order("internal.count", subject: context.subject, ["value": .number("\(state.value)")])
        state.value += 1
        return state.value > 1 ? [order, .refuse(Refusal(.conflict, "there is one already"))] : [order]
    }
}

/// Reads.
private struct Shown: Handler {
    static let type = "optin.show"
    static let exchange = Exchange.requests
    static let isReading = true

    init(reading data: Reader) {}

    func decide(_ state: inout Count, _ context: Context<Count>) -> [Effect] { [.answer([:])] }
}

/// Counts in a state of which only the summary was loaded.
private struct Glanced: Handler {
    static let type = "engagement.recorded"
    static let exchange = Exchange.contacts
    static let readsSummary = true

    init(reading data: Reader) {}

    func decide(_ state: inout Count, _ context: Context<Count>) -> [Effect] {
        state.value += 1
        return [.fact("engagement.accepted", ["value": .number("\(state.value)")])]
    }
}

@Suite struct RefusalEffectTests {
    private let now = Timestamp(microseconds: 1_763_800_000_000_000)

    private let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

    private func candidate<H: Handler>(
        of handler: H.Type = Counted.self, waiting: Duration = .zero
    ) throws -> Candidate<Count> where H.State == Count {
        let event = Event(id: UUID(), source: "/crm", type: H.type, subject: "c-1", time: now, data: [:])
        return try MessagingTests.candidate(
            of: event, on: H.exchange, traceparent: trace, receivedAt: .now - waiting
        ) { $0.add(handler) }
    }

    @Test("a refusal that is returned leaves the state as it was and lets the orders beside it out")
    func ordersLeave() throws {
        var batch = Batch<Count>(
            service: .vault, environment: 0, now: now, seen: [:], partition: PartitionRow(nextNumber: 256), states: [:],
            shared: [:])
        batch.take(try candidate())
        batch.take(try candidate())
        #expect(batch.changed.map(\.state.value) == [1])
        #expect(batch.rows.map(\.routingKey) == ["internal.count", "internal.count", "message.refused"])
        // Each decision takes a number of its own before those of what leaves.
        #expect(batch.rows.map(\.number) == [512, 1024, 1280])
        #expect(batch.rows.map(\.traceparent) == [trace, trace, trace])
        #expect(batch.newInbox.count == 2, "what was refused stays refused")
        #expect(batch.counts.accepted == 1 && batch.counts.dead == 1)
        #expect(batch.letters.values.map(\.refusal.code) == [.conflict])
    }

    @Test("what a handler changes in a summary is not saved, and its effects count")
    func summaries() throws {
        var batch = Batch<Count>(
            service: .consent, environment: 0, now: now, seen: [:], partition: PartitionRow(nextNumber: 256),
            states: ["c-1": Count(value: 7)], shared: [:])
        batch.take(try candidate(of: Glanced.self))
        batch.take(try candidate(of: Glanced.self))
        #expect(batch.changed.isEmpty)
        #expect(batch.rows.map(\.routingKey) == ["engagement.accepted", "engagement.accepted"])
        #expect(batch.newInbox.count == 2)
    }

    @Test("a reading request that has waited for a minute is dropped, a changing one never")
    func stale() throws {
        #expect(try candidate(of: Shown.self, waiting: .seconds(60)).isStale)
        #expect(try !candidate(of: Shown.self, waiting: .seconds(59)).isStale)
        #expect(try !candidate(waiting: .seconds(3600)).isStale)
    }
}
