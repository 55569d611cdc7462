import FoundationEssentials
import Models
import RabbitMQ
import Testing

@testable import Messaging

private struct Waiting: Aggregate {
    typealias Environment = Int
    static let unknown = Waiting()
    var request: KeptRequest?

    mutating func hearAgain(_ repetition: KeptRequest) {
        guard request?.id == repetition.id else { return }
        _ = request?.add(repetition)
    }
}

/// Is answered later.
private struct Asked: Handler {
    static let type = "consent.record"
    static let exchange = Exchange.requests

    init(reading data: Reader) {}

    func decide(_ state: inout Waiting, _ context: Context<Waiting>) throws(Refusal) -> [Effect] {
        state.request = context.kept
        return []
    }
}

/// Brings the answer.
private struct Answered: Handler {
    static let type = "contact.updated"
    static let exchange = Exchange.contacts

    init(reading data: Reader) {}

    func decide(_ state: inout Waiting, _ context: Context<Waiting>) throws(Refusal) -> [Effect] {
        guard let request = state.request else { return [] }
        state.request = nil
        return [.fact("consent.granted", [:]), .answerKept(request, ["index": "0-1"], afterLeases: true)]
    }
}

@Suite("A request that is answered by a later message")
struct KeptAnswerTests {
    private let now = Timestamp(microseconds: 1_763_800_000_000_000)
    private let request = UUID()
    private let inboxReply = #"{"status":"ok","index":"0-1"}"#

    private func candidate(
        _ type: String, _ exchange: Exchange, id: UUID = UUID(), correlation: String? = nil
    ) throws -> Candidate<Waiting> {
        let event = Event(id: id, source: "/crm", type: type, subject: "c-1", time: now, data: [:])
        return try MessagingTests.candidate(
            of: event, on: exchange, replyTo: correlation.map { _ in "crm.replies" }, correlation: correlation
        ) {
            $0.add(Asked.self)
            $0.add(Answered.self)
        }
    }

    private func ask(_ correlation: String?) throws -> Candidate<Waiting> {
        try candidate(Asked.type, .requests, id: request, correlation: correlation)
    }

    private func batch(
        seen: [MessageKey: InboxRow] = [:], states: [String: Waiting] = [:]
    ) -> Batch<Waiting> {
        Batch(
            service: .consent, environment: 0, now: now, seen: seen, partition: PartitionRow(nextNumber: 256),
            states: states, shared: [:])
    }

    @Test("the request and its repetition get the answer when it comes, in the order of their coming, behind the fact")
    func answered() throws {
        var first = batch()
        first.take(try ask("one"))
        #expect(first.rows.isEmpty && first.newInbox.values.map(\.reply) == [nil])
        // The repetition is in the next batch, the answer in the one after it: as a database would hand them on.
        var second = batch(seen: first.newInbox, states: first.states)
        second.take(try ask("two"))
        #expect(second.rows.isEmpty && second.newInbox.isEmpty && second.changed.count == 1)
        var third = batch(seen: first.newInbox, states: second.states)
        third.take(try candidate(Answered.type, .contacts))
        #expect(third.rows.map(\.routingKey) == ["consent.granted", "crm.replies", "crm.replies"])
        #expect(third.rows.map(\.correlation) == [nil, "one", "two"])
        #expect(third.rows.map(\.isHeld) == [false, true, true])
        #expect(third.keptAnswers.map(\.value.reply) == [inboxReply] && third.keptAnswers.values.allSatisfy(\.isHeld))
        let reply = try Event(parsing: try #require(third.rows.last).body)
        #expect(reply.type == "consent.record.reply" && reply.subject == "c-1" && reply.data["index"] == "0-1")
    }

    @Test("a repetition behind the answer, in the same batch or a later one, gets the same, held as the first")
    func answeredBefore() throws {
        var first = batch()
        first.take(try ask(nil))
        first.take(try candidate(Answered.type, .contacts))
        #expect(first.rows.count == 1)
        first.take(try ask("again"))
        #expect(first.rows.last?.correlation == "again" && first.rows.last?.isHeld == true)
        #expect(first.states["c-1"]?.request == nil)
        let key = try #require(first.newInbox.keys.first { $0.id == request })
        let row = try #require(first.newInbox[key])
        var later = batch(
            seen: [key: InboxRow(bodyHash: row.bodyHash, reply: inboxReply, isHeld: true)], states: first.states)
        later.take(try ask("later"))
        #expect(later.rows.map(\.correlation) == ["later"] && later.rows.allSatisfy(\.isHeld))
        #expect(later.changed.isEmpty)
    }

    @Test("the same address twice is one, and addresses have a limit")
    func addresses() {
        func asked(_ name: String) -> KeptRequest {
            KeptRequest(
                id: request, source: "/crm", type: Asked.type, replies: [.init(queue: "q", correlation: name)])
        }
        var kept = asked("0")
        let added = kept.add(asked("0"))
        #expect(added.isEmpty)
        for number in 1..<200 { _ = kept.add(asked("\(number)")) }
        #expect(kept.replies.count == 100 && kept.replies.last?.correlation == "99")
    }
}
