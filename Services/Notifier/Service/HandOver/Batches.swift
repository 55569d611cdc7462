import Synchronization

/// Collects what comes while a batch is in hand, and works on that next: a lone item waits for nobody, and many share
/// what a batch costs (group commit). In the order in which they came.
final class Batches<Item: Sendable>: Sendable {
    private struct State {
        var waiting: [Item] = []
        var inHand = 0
        var worker: Task<Void, Never>?
    }

    private let pause: Duration
    private let work: @Sendable ([Item]) async -> [Item]
    private let state = Mutex(State())

    /// Batches for `work`, which returns what is to be tried again; with a pause behind each.
    init(pause: Duration = .zero, work: @escaping @Sendable ([Item]) async -> [Item]) {
        self.pause = pause
        self.work = work
    }

    /// For the next batch; returns at once.
    func add(_ items: [Item]) {
        guard !items.isEmpty else { return }
        state.withLock { state in
            state.waiting += items
            state.worker = state.worker ?? Task { await run() }
        }
    }

    /// Items that wait or are in hand.
    var count: Int { state.withLock { $0.waiting.count + $0.inHand } }

    /// Returns when nothing waits and nothing is in hand.
    func finish() async {
        while let worker = state.withLock({ $0.worker }) { await worker.value }
    }

    private func run() async {
        var failed: [Item] = []
        while let items = next(after: failed) {
            failed = await work(items)
            // Nobody cancels the task.
            if pause > .zero { try? await Task.sleep(for: pause) }
        }
    }

    private func next(after failed: [Item]) -> [Item]? {
        state.withLock { state in
            let items = failed + state.waiting
            state.waiting = []
            state.inHand = items.count
            if items.isEmpty { state.worker = nil }
            return items.isEmpty ? nil : items
        }
    }
}
