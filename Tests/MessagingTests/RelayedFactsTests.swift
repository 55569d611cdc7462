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
            // A queue that never confirms, too: what did not make the broker close the connection is known by a marker.
            guard sent.contains(where: { $0.fact.row.number == culprit }) else {
                if let id = facts.mark(at: .now + .seconds(1)) { facts.routed(through: id) }
                #expect(facts.trial == nil)
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
    func replaced() throws {
        var facts = RelayedFacts()
        facts.waiting = [fact(1, type: "optin.changed"), fact(2)]
        _ = sendAll(&facts)
        let marked = facts.mark(at: .now + .seconds(1))
        facts.routed(through: try #require(marked))
        let ids = facts.changeConnection()
        let passedOver = facts.passOver(ids)
        #expect(passedOver == 2 && facts.waiting.isEmpty)
        let followed = facts.takeForFollowers()
        #expect(followed.map(\.row.number) == [1] && followed.allSatisfy(\.isPassedOver))
    }

    @Test("X5 what the broker has not routed is never passed over: it goes again over another connection")
    func unrouted() throws {
        var facts = RelayedFacts()
        facts.waiting = (0..<300).map { fact($0) }
        var sent: [(id: Int, fact: RelayedFact)] = []
        for _ in 0..<2 { sent += facts.next() ?? [] }
        let routed = facts.mark(at: .now + .seconds(1))
        facts.routed(through: try #require(routed))
        _ = sendAll(&facts)
        let later = ContinuousClock.now + .seconds(31)
        let next = facts.mark(at: later)
        #expect(next == 300 && !facts.isStalled(at: later) && facts.isStalled(at: later + .seconds(2)))
        let passedOver = facts.passOverLate(at: later, .away)
        #expect(passedOver == 256 && routed == 256 && sent.count == 256)
        _ = facts.changeConnection()
        #expect(facts.waiting.map(\.row.number) == Array(256..<300))
        // A marker of the connection before says nothing of this one.
        _ = sendAll(&facts)
        facts.routed(through: 300)
        let early = facts.passOverLate(at: later + .seconds(60), .away)
        #expect(early == 0)
    }

    @Test("X5 where no connection routes anything for 30 s, facts are passed over, and connections change ever later")
    func futile() throws {
        var facts = RelayedFacts()
        facts.waiting = (0..<300).map { fact($0) }
        let begun = ContinuousClock.now
        var stalls: [Duration] = []
        for _ in 0..<8 {
            _ = sendAll(&facts)
            let now = ContinuousClock.now + .seconds(1)
            let marked = facts.mark(at: now)
            #expect(marked != nil)
            let tried = [Duration.milliseconds(300), .milliseconds(600), .milliseconds(1200), .seconds(9)]
            stalls.append(try #require(tried.first { facts.isStalled(at: now + $0) }))
            _ = facts.changeConnection()
        }
        #expect(stalls[1] == .milliseconds(600) && stalls[7] == .seconds(9))
        let away = facts.passOverLate(at: begun + .seconds(29), .away)
        let early = facts.passOverLate(at: begun + .seconds(58), .open)
        let late = facts.passOverLate(at: begun + .seconds(60), .open)
        #expect(away == 0 && early == 0 && late == 300 && facts.waiting.isEmpty)
    }

    @Test("X5 after a lost connection facts go on beside a queue that never confirms: each connection routes some")
    func lostBesideSilence() throws {
        var facts = RelayedFacts()
        facts.waiting = (0..<1000).map { fact($0) }
        #expect(sendAll(&facts).count == 1000)
        #expect(facts.takeBack() == 0)
        var routed = Set<Int64>(), connections = 0
        while routed.count < 1000, connections < 10 {
            connections += 1
            // The broker reads so many facts of a connection, and no more.
            var room = 200
            while let next = facts.next(), next.count <= room {
                room -= next.count
                routed.formUnion(next.map(\.fact.row.number))
                let marked = facts.mark(at: .now)
                facts.routed(through: try #require(marked))
            }
            let ids = facts.changeConnection()
            _ = facts.passOver(ids)
        }
        #expect(routed.count == 1000 && connections <= 6)
    }
}
