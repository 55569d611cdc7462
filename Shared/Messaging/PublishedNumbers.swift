import Synchronization

/// Which outbox rows of a partition are on their way and which the broker has confirmed, so that they can be deleted.
final class PublishedNumbers: Sendable {
    private struct State {
        var underWay = 0
        var confirmed: [Int64] = []
        var firstWaitingFact: Int64?
        var factsUnderWay = 0
        var settled: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    /// Nothing is on its way.
    var isSettled: Bool { state.withLock { $0.underWay == 0 } }

    /// `count` rows are handed over to be published.
    func begin(_ count: Int) { state.withLock { $0.underWay += count } }

    /// The broker has confirmed these.
    func confirm(_ numbers: [Int64]) {
        let settled = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            state.confirmed += numbers
            state.underWay -= numbers.count
            guard state.underWay == 0 else { return [] }
            defer { state.settled = [] }
            return state.settled
        }
        for continuation in settled { continuation.resume() }
    }

    /// `count` facts are handed to the relay.
    func beginFacts(_ count: Int) { state.withLock { $0.factsUnderWay += count } }

    /// A fact is out, for which nothing waits.
    func confirmFact(_ number: Int64) {
        state.withLock { state in
            state.confirmed.append(number)
            state.factsUnderWay -= 1
        }
    }

    /// Gives the relay a while to publish what it has, so that the next session need not publish it again.
    func waitForFacts(atMost patience: Duration) async {
        let deadline = ContinuousClock.now + patience
        while state.withLock({ $0.factsUnderWay > 0 }), ContinuousClock.now < deadline {
            try? await Task.sleep(for: .milliseconds(5))
        }
    }

    /// From this number on facts wait in the outbox until the relay has room; nil: none do.
    var firstWaitingFact: Int64? { state.withLock { $0.firstWaitingFact } }

    /// What waits already keeps its place.
    func letFactsWait(from number: Int64) {
        state.withLock { $0.firstWaitingFact = $0.firstWaitingFact ?? number }
    }

    /// Those before `number` were handed over; nil: all were.
    func factsWaitOnly(from number: Int64?) { state.withLock { $0.firstWaitingFact = number } }

    /// Takes the confirmed rows, to delete them.
    func take() -> [Int64] {
        state.withLock { state in
            defer { state.confirmed = [] }
            return state.confirmed
        }
    }

    /// They were not deleted after all.
    func putBack(_ numbers: [Int64]) { state.withLock { $0.confirmed += numbers } }

    /// The publishing ended; nobody need wait any more.
    func end() {
        let settled = state.withLock { state in
            state.underWay = 0
            defer { state.settled = [] }
            return state.settled
        }
        for continuation in settled { continuation.resume() }
    }

    /// Returns when nothing is on its way.
    func waitUntilSettled() async {
        await withCheckedContinuation { continuation in
            let isSettled = state.withLock { state in
                if state.underWay == 0 { return true }
                state.settled.append(continuation)
                return false
            }
            if isSettled { continuation.resume() }
        }
    }
}
