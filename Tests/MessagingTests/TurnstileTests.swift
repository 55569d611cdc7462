import Synchronization
import Testing

@testable import Messaging

@Suite("Turns at the database", .timeLimit(.minutes(1)))
struct TurnstileTests {
    /// What happened, in order.
    private final class Record: Sendable {
        private let names = Mutex<[String]>([])
        var all: [String] { names.withLock { $0 } }

        func note(_ name: String) { names.withLock { $0.append(name) } }
    }

    /// Enters as `name`, once those before have begun to wait.
    private func enter(_ turnstile: Turnstile, _ name: String, _ record: Record) async throws -> Task<
        Turnstile.Turn, Never
    > {
        let task = Task {
            let turn = await turnstile.enter()
            record.note(name)
            return turn
        }
        try await Task.sleep(for: .milliseconds(50))
        return task
    }

    @Test("so many at a time, in the order of their coming, and a turn that is ended twice lets in one")
    func inOrder() async throws {
        let (turnstile, record) = (Turnstile(2, patience: .seconds(60)), Record())
        let first = await turnstile.enter()
        let second = await turnstile.enter()
        let waiting = [
            try await enter(turnstile, "third", record), try await enter(turnstile, "fourth", record),
        ]
        #expect(record.all.isEmpty)
        first.end()
        first.end()
        let third = await waiting[0].value
        try await Task.sleep(for: .milliseconds(50))
        #expect(record.all == ["third"])
        third.end()
        _ = await waiting[1].value
        #expect(record.all == ["third", "fourth"])
        second.end()
        // Two turns were given back by three: one is free.
        _ = await turnstile.enter()
    }

    @Test("who takes long, or forgets to end its turn, does not hold up the others") func patience() async throws {
        let turnstile = Turnstile(1, patience: .milliseconds(20))
        let forgotten = await turnstile.enter()
        let turn = await turnstile.enter()
        forgotten.end()
        turn.end()
        _ = await turnstile.enter()
    }
}
