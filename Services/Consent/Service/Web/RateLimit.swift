import Settings
import Synchronization

/// Maximum keys remembered. When the table is full, keys are forgotten and begin anew.
private let mostKeys = 50_000

/// A rate limit per key, evenly spread or as a burst (the generic cell rate algorithm, which stores one time per key).
/// Thread-safe.
final class RateLimit<Key: Hashable & Sendable>: Sendable {
    private struct State {
        /// When the key's accepted requests would have been used up at an even rate.
        var filledUntil: [Key: ContinuousClock.Instant] = [:]
        var sweptAt: ContinuousClock.Instant?
    }

    private let rate: Settings.Rate
    private let capacity: Int
    private let state = Mutex(State())

    /// Nil if there is no limit.
    init?(_ rate: Settings.Rate?, capacity: Int = mostKeys) {
        guard let rate else { return nil }
        self.rate = rate
        self.capacity = capacity
    }

    /// The number of keys remembered.
    var count: Int { state.withLock { $0.filledUntil.count } }

    /// Nil if the key may proceed, else the time that it has to wait.
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

    /// Forgets the keys whose count has run down, then, if the table is still full, all keys.
    private func forget(_ state: inout State, at now: ContinuousClock.Instant) {
        if state.sweptAt.map({ now - $0 >= rate.interval }) ?? true {
            state.sweptAt = now
            state.filledUntil = state.filledUntil.filter { $0.value > now }
        }
        if state.filledUntil.count >= capacity { state.filledUntil = [:] }
    }
}
