import Synchronization

/// Tracks which outbox rows of a partition are being published and which are confirmed and can be deleted.
final class PublishedNumbers: Sendable {
    private struct State {
        var underWay = 0
        var confirmed: [Int64] = []
        var firstWaitingFact: Int64?
        var factsUnderWay = 0
        var settled: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    /// Whether no row is being published, facts not counted.
    var isSettled: Bool { state.withLock { $0.underWay == 0 } }

    /// Adds `count` rows that are about to be published.
    func begin(_ count: Int) { state.withLock { $0.underWay += count } }

    /// Marks rows as confirmed by the broker.
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

    /// Adds `count` facts that are passed to the relay.
    func beginFacts(_ count: Int) { state.withLock { $0.factsUnderWay += count } }

    /// Marks a fact as confirmed or passed over.
    func confirmFact(_ number: Int64) {
        state.withLock { state in
            state.confirmed.append(number)
            state.factsUnderWay -= 1
        }
    }

    /// Waits for the relay to publish its facts, so that the next session need not publish them again.
    func waitForFacts(atMost patience: Duration) async {
        let deadline = ContinuousClock.now + patience
        while state.withLock({ $0.factsUnderWay > 0 }), ContinuousClock.now < deadline {
            try? await Task.sleep(for: .milliseconds(5))
        }
    }

    /// The first fact that waits in the outbox until the relay has room; nil if none waits.
    var firstWaitingFact: Int64? { state.withLock { $0.firstWaitingFact } }

    /// Makes facts wait from this number on, unless earlier ones wait already.
    func letFactsWait(from number: Int64) {
        state.withLock { $0.firstWaitingFact = $0.firstWaitingFact ?? number }
    }

    /// Notes that waiting facts before `number` were passed to the relay; nil: all were.
    func factsWaitOnly(from number: Int64?) { state.withLock { $0.firstWaitingFact = number } }

    /// Takes the confirmed numbers, so that the caller deletes their rows.
    func take() -> [Int64] {
        state.withLock { state in
            defer { state.confirmed = [] }
            return state.confirmed
        }
    }

    /// Returns numbers whose rows could not be deleted.
    func putBack(_ numbers: [Int64]) { state.withLock { $0.confirmed += numbers } }

    /// Ends all waits: the session publishes nothing more.
    func end() {
        let settled = state.withLock { state in
            state.underWay = 0
            defer { state.settled = [] }
            return state.settled
        }
        for continuation in settled { continuation.resume() }
    }

    /// Waits until no row is being published, facts not counted.
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
