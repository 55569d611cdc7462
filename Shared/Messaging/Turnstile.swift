import Synchronization

/// Lets few large batches into the database at a time, in the order of their coming. More of them would share the same
/// processors: each would be smaller and cost more, all would need memory, and whoever asks something would wait.
final class Turnstile: Sendable {
    /// A batch's turn.
    final class Turn: Sendable {
        private let turnstile: Turnstile
        private let limit: Mutex<Task<Void, Never>?>

        fileprivate init(_ turnstile: Turnstile) {
            self.turnstile = turnstile
            limit = Mutex(nil)
            limit.withLock { limit in
                limit = Task {
                    do { try await Task.sleep(for: turnstile.patience) } catch { return }
                    end()
                }
            }
        }

        /// Lets the next one in; a turn ends once, whoever ends it.
        func end() {
            let task = limit.withLock { limit in
                defer { limit = nil }
                return limit
            }
            guard let task else { return }
            task.cancel()
            turnstile.leave()
        }
    }

    private struct State {
        var free: Int
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state: Mutex<State>
    private let patience: Duration

    /// `count` at a time. A turn ends after `patience` at the latest: who takes longer waits for something, a lock or a
    /// database that is away, and leaves the processors to others.
    init(_ count: Int, patience: Duration = .milliseconds(100)) {
        state = Mutex(State(free: count))
        self.patience = patience
    }

    /// Waits for a turn.
    func enter() async -> Turn {
        await withCheckedContinuation { continuation in
            let isFree = state.withLock { state in
                guard state.free > 0 else {
                    state.waiting.append(continuation)
                    return false
                }
                state.free -= 1
                return true
            }
            if isFree { continuation.resume() }
        }
        return Turn(self)
    }

    private func leave() {
        let next: CheckedContinuation<Void, Never>? = state.withLock { state in
            guard state.waiting.isEmpty else { return state.waiting.removeFirst() }
            state.free += 1
            return nil
        }
        next?.resume()
    }
}
