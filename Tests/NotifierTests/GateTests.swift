import Foundation
import Models
import NotifierDomain
import Synchronization
import Testing

@testable import NotifierService

/// Beyond a lease, however slow the machine.
private let afterLease = Lease.duration + .milliseconds(50)

@Suite(.timeLimit(.minutes(10))) struct GateTests {
    private func mail(_ contact: String = "a") throws -> ClaimedMail {
        ClaimedMail(
            id: UUID(), contact: try #require(ContactID(contact)), kind: .campaign("spring", list: nil),
            addressHash: nil, inReplyTo: nil, attempts: 1, ageAtClaim: .zero, claim: UUID())
    }

    /// On a thread of its own, as a worker does.
    private func mayEnd(_ gate: Gate, _ index: Int = 0) async -> Bool {
        let thread = WorkerThread.start(name: "test")
        defer { thread.stop() }
        return await thread.run { gate.mayEnd(index) }
    }

    @Test("X3 a permission that is older than its lease is asked for again, and the new answer counts")
    func leaseRunsOut() async throws {
        let mail = try mail()
        let questions = Mutex(0)
        let gate = Gate(for: [mail]) { _, _ in
            let count = questions.withLock { count in
                count += 1
                return count
            }
            return GateAnswer(refused: count == 1 ? [:] : [mail.id: "opt-out-contact"])
        } note: { _ in
            // The database stalls, or the process was stopped, for longer than the lease.
            waitOnThisThread { try? await Task.sleep(for: afterLease) }
            return nil
        }
        try await gate.open()
        #expect(await !mayEnd(gate))
        #expect(gate.withheld == .refused("opt-out-contact"))
        #expect(questions.withLock { $0 } == 2)
    }

    @Test("X3 the lease counts from before the question: an answer that took longer is never used")
    func slowAnswer() async throws {
        let gate = Gate(for: [try mail()]) { _, _ in
            try await Task.sleep(for: afterLease)
            return GateAnswer(refused: [:])
        } note: { _ in
            nil
        }
        try await gate.open()
        #expect(await !mayEnd(gate))
        #expect(gate.withheld == .unreachable)
    }

    @Test("X3 within the lease one answer serves all mails that it names")
    func batch() async throws {
        let mails = try ["a", "b", "c"].map(mail)
        let questions = Mutex(0)
        let gate = Gate(for: mails) { _, question in
            questions.withLock { $0 += 1 }
            return GateAnswer(refused: [mails[1].id: "none"])
        } note: { _ in
            nil
        }
        let begin = ContinuousClock.now
        try await gate.open()
        #expect(await mayEnd(gate, 0))
        #expect(await !mayEnd(gate, 1))
        #expect(gate.withheld == .refused("none"))
        #expect(await mayEnd(gate, 2))
        // A machine that is so slow that the lease ran out may ask again.
        if .now - begin < Lease.duration { #expect(questions.withLock { $0 } == 1) }
    }

    @Test("X3 an opt-out between the answer to a batch and the end of its last mail stops that mail")
    func optOutWithinBatch() async throws {
        let mails = try ["a", "b", "c"].map(mail)
        let optedOut = Mutex(false)
        let gate = Gate(for: mails) { _, _ in
            GateAnswer(refused: optedOut.withLock { $0 } ? [mails[2].id: "opt-out-contact"] : [:])
        } note: { _ in
            nil
        }
        try await gate.open()
        #expect(await mayEnd(gate, 0))
        optedOut.withLock { $0 = true }
        // As long as an opt-out's acknowledgement waits: the mails before the last one are slow.
        try await Task.sleep(for: Lease.runOut)
        #expect(await mayEnd(gate, 1))
        #expect(await !mayEnd(gate, 2))
        #expect(gate.withheld == .refused("opt-out-contact"))
    }

    @Test("N3 a mail whose claim was lost, or that cannot be noted, is withheld")
    func claimLost() async throws {
        let lost = Gate(for: [try mail()]) { _, _ in
            GateAnswer(refused: [:])
        } note: { _ in
            .claimLost
        }
        try await lost.open()
        #expect(await !mayEnd(lost))
        #expect(lost.withheld == .claimLost)
        let away = Gate(for: [try mail()]) { _, _ in
            GateAnswer(refused: [:])
        } note: { _ in
            .unreachable
        }
        try await away.open()
        #expect(await !mayEnd(away))
        #expect(away.withheld == .unreachable)
    }
}
