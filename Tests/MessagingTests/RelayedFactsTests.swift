import FoundationEssentials
import Models
import Synchronization
import Testing

@testable import Messaging

/// The facts that a relay holds, without a broker.
@Suite struct RelayedFactsTests {
    private func fact(_ number: Int64, type: String = "mail.sent") -> RelayedFact {
        let row = OutboxRow(
            number: number, messageID: UUID(), exchange: "facts", routingKey: type, subject: "c", correlation: nil,
            traceparent: nil, isHeld: false, body: [1])
        return RelayedFact(row: row, settled: { _ in }, takenAt: .now, sentAt: .now)
    }

    private func sendAll(_ facts: inout RelayedFacts) -> [(id: Int, fact: RelayedFact)] {
        var sent: [(id: Int, fact: RelayedFact)] = []
        while let next = facts.next() { sent += next }
        return sent
    }

    @Test("X5 the fact that the broker dies of is found by halving, and passed over alone", arguments: [0, 17, 299])
    func halving(culprit: Int64) {
        var facts = RelayedFacts()
        facts.waiting = (0..<300).map { fact($0) }
        var taken: Set<Int64> = [], passedOver = 0, losses = 0
        while losses < 50 {
            let sent = sendAll(&facts)
            guard !sent.isEmpty else { break }
            guard sent.contains(where: { $0.fact.row.number == culprit }) else {
                for (id, fact) in sent {
                    _ = facts.settle(id, isTaken: true)
                    taken.insert(fact.row.number)
                }
                continue
            }
            losses += 1
            passedOver += facts.takeBack()
        }
        #expect(passedOver == 1 && taken == Set(0..<300).subtracting([culprit]))
        #expect(facts.bytes == -300 && facts.underWay.isEmpty && facts.suspects.isEmpty)
    }

    @Test("X5 what a replaced connection carried goes to the suite's own services, and its row may go then")
    func replaced() {
        var facts = RelayedFacts()
        facts.waiting = [fact(1, type: "optin.changed"), fact(2)]
        _ = sendAll(&facts)
        let ids = facts.changeConnection()
        #expect(facts.passOver(ids) == 2)
        let followed = facts.takeForFollowers()
        #expect(followed.map(\.row.number) == [1] && followed.allSatisfy(\.isPassedOver))
    }

    @Test("X5 where many facts wait for a confirm, those of a second ago make room for others")
    func crowded() {
        var facts = RelayedFacts()
        facts.waiting = (0..<Int64(RelayedFacts.window)).map { fact($0) }
        #expect(sendAll(&facts).count == RelayedFacts.window)
        #expect(facts.passOverLate(at: .now + .seconds(2)) == 0, "the connection is gone: it is not the queue's fault")
        #expect(facts.passOverLate(at: .now + .seconds(31)) == RelayedFacts.window)
        #expect(facts.underWay.isEmpty)
    }
}
