import Synchronization

/// Lets some in at a time, first come, first served. There is no limit to how many wait: they are few by themselves.
public final class Turns: Sendable {
    private struct State {
        var free: Int
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state: Mutex<State>
    private let patience: Duration?

    /// At most `count` at a time. Where there is a `patience`, a turn that takes longer makes room for the next.
    public init(_ count: Int, patience: Duration? = nil) {
        state = Mutex(State(free: count))
        self.patience = patience
    }

    /// Runs it when it is its turn.
    public func take<Value: Sendable>(_ body: () async throws -> Value) async rethrows -> Value {
        let turn = await begin()
        defer { turn.end() }
        return try await body()
    }

    /// Waits for a turn, which `end` ends, also where the task is cancelled.
    func begin() async -> Turn {
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
        return Turn(self)
    }

    private func makeRoom() {
        let next: CheckedContinuation<Void, Never>? = state.withLock { state in
            guard state.waiting.isEmpty else { return state.waiting.removeFirst() }
            state.free += 1
            return nil
        }
        next?.resume()
    }

    /// Somebody's turn.
    final class Turn: Sendable {
        private let turns: Turns
        private let isOver = Atomic(false)

        fileprivate init(_ turns: Turns) {
            self.turns = turns
            guard let patience = turns.patience else { return }
            // Nobody waits for it, and behind the turn's end it does nothing.
            Task {
                try? await Task.sleep(for: patience)
                end()
            }
        }

        /// Lets the next one in, the first time.
        func end() {
            if !isOver.exchange(true, ordering: .relaxed) { turns.makeRoom() }
        }
    }
}
