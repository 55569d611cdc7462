import FoundationEssentials
import Models
import RabbitMQ
import Testing

@testable import Messaging

private struct Counted: Aggregate {
    typealias Environment = Int
    static let unknown = Counted()
    var count = 0
}

private struct Revealed: Handler {
    static let type = "vault.reveal"
    static let exchange = Exchange.requests
    private let isRefused: Bool

    init(reading data: Reader) { isRefused = data.has("refused") }

    func decide(_ state: inout Counted, _ context: Context<Counted>) throws(Refusal) -> [Effect] {
        state.count += 1
        let isRefused = isRefused
        return [
            .fact("vault.revealed", [:]),
            .answerOnce {
                guard !isRefused else { throw Refusal(.locked, "the field is locked") }
                return ["sealed": "secret"]
            },
        ]
    }
}

@Suite("A request that is answered once")
struct AnswerOnceTests {
    private let now = Timestamp(microseconds: 1_763_800_000_000_000)

    private func candidate(id: UUID, isRefused: Bool) throws -> Candidate<Counted> {
        let data: JSON = isRefused ? ["refused": true] : [:]
        let event = Event(id: id, source: "/crm", type: Revealed.type, subject: "c-1", time: now, data: data)
        return try MessagingTests.candidate(
            of: event, on: .requests, replyTo: "crm.replies", correlation: "one"
        ) { $0.add(Revealed.self) }
    }

    @Test(
        "nothing of the answer is kept, what was decided stays, and a repetition is a conflict",
        arguments: [true, false])
    func answersOnce(_ isRefused: Bool) async throws {
        let id = UUID()
        var batch = Batch<Counted>(
            service: .vault, environment: 0, now: now, seen: [:], partition: PartitionRow(nextNumber: 256), states: [:],
            shared: [:])
        batch.take(try candidate(id: id, isRefused: isRefused))
        #expect(batch.rows.map(\.routingKey) == ["vault.revealed"] && batch.states["c-1"]?.count == 1)
        var made: [Result<JSON, any Error>] = []
        for case .computed(_, let expires, let make) in batch.departures {
            #expect(expires, "X3 it must not leave after a later revocation's acknowledgement")
            do { made.append(.success(try await make())) } catch { made.append(.failure(error)) }
        }
        #expect(made.count == 1)
        #expect((try? made[0].get()) == (isRefused ? nil : ["sealed": "secret"]))
        let kept = try #require(batch.newInbox.values.first?.reply)
        #expect(kept.contains(#""conflict""#) && !kept.contains("secret"))
        batch.take(try candidate(id: id, isRefused: isRefused))
        #expect(batch.states["c-1"]?.count == 1 && batch.departures.count == 3)
        let reply = try Event(parsing: try #require(batch.rows.last).body)
        #expect(reply.data["error"]?["code"] == "conflict")
    }
}
