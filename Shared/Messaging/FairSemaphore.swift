import Synchronization

/// A fair semaphore: at most `count` callers proceed at a time, the rest wait in the order in which they came.
package final class FairSemaphore: Sendable {
    private struct State {
        var free: Int
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state: Mutex<State>
    private let patience: Duration?

    /// Creates a semaphore.
    ///
    /// - Parameter patience: a permit that is held longer is released, so that the next caller proceeds; nil: never.
    package init(_ count: Int, patience: Duration? = nil) {
        state = Mutex(State(free: count))
        self.patience = patience
    }

    /// Runs `body` while it holds the semaphore.
    package func withPermit<Value: Sendable>(_ body: () async throws -> Value) async rethrows -> Value {
        let permit = await acquire()
        defer { permit.release() }
        return try await body()
    }

    /// Waits for a permit. Cancelling the task does not end the wait.
    func acquire() async -> Permit {
        await withCheckedContinuation { continuation in
            let isFree = state.withLock { state in
                guard state.free == 0 else {
                    state.free -= 1
                    return true
                }
                state.waiting.append(continuation)
                return false
            }
            if isFree { continuation.resume() }
        }
        return Permit(self)
    }

    private func letNextIn() {
        let next: CheckedContinuation<Void, Never>? = state.withLock { state in
            guard state.waiting.isEmpty else { return state.waiting.removeFirst() }
            state.free += 1
            return nil
        }
        next?.resume()
    }

    /// The right to proceed.
    final class Permit: Sendable {
        private let semaphore: FairSemaphore
        private let isReleased = Atomic(false)

        fileprivate init(_ semaphore: FairSemaphore) {
            self.semaphore = semaphore
            guard let patience = semaphore.patience else { return }
            // Has no effect if the permit was released before.
            Task {
                try? await Task.sleep(for: patience)
                release()
            }
        }

        /// Releases the permit; a second call has no effect.
        func release() {
            if !isReleased.exchange(true, ordering: .relaxed) { semaphore.letNextIn() }
        }
    }
}
