import Settings
import Synchronization

/// Keys that are remembered at a time; of more the first are forgotten, which lets them begin anew.
private let mostKeys = 50_000

/// Lets each key do something so often in a time, evenly or at once (the generic cell rate algorithm: one time a key).
/// Any thread may ask.
final class RateLimit<Key: Hashable & Sendable>: Sendable {
    private struct State {
        /// When all that the key did so far would have been done, had it been done evenly.
        var filledUntil: [Key: ContinuousClock.Instant] = [:]
        var sweptAt: ContinuousClock.Instant?
    }

    private let rate: Settings.Rate
    private let capacity: Int
    private let state = Mutex(State())

    /// Nil for no limit.
    init?(_ rate: Settings.Rate?, capacity: Int = mostKeys) {
        guard let rate else { return nil }
        self.rate = rate
        self.capacity = capacity
    }

    /// Keys that are remembered.
    var count: Int { state.withLock { $0.filledUntil.count } }

    /// Nil where the key may go on, else how long it has to wait.
    func take(_ key: Key, at now: ContinuousClock.Instant = .now) -> Duration? {
        state.withLock { state in
            let filled = max(state.filledUntil[key] ?? now, now)
            let wait = (filled - now) + rate.interval / rate.count - rate.interval
            guard wait <= .zero else { return wait }
            if state.filledUntil[key] == nil, state.filledUntil.count >= capacity { forget(&state, at: now) }
            state.filledUntil[key] = filled + rate.interval / rate.count
            return nil
        }
    }

    /// First those that would begin anew anyway; where a flood leaves none, everybody.
    private func forget(_ state: inout State, at now: ContinuousClock.Instant) {
        if state.sweptAt.map({ now - $0 >= rate.interval }) ?? true {
            state.sweptAt = now
            state.filledUntil = state.filledUntil.filter { $0.value > now }
        }
        if state.filledUntil.count >= capacity { state.filledUntil = [:] }
    }
}
