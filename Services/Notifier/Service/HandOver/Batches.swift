import Synchronization

/// Group commit: collects the items that arrive while a batch is being processed, and processes them as the next batch,
/// in order of arrival. A single item starts at once, and many items share the cost of one batch.
final class Batches<Item: Sendable>: Sendable {
    private struct State {
        var waiting: [Item] = []
        var inHand = 0
        var worker: Task<Void, Never>?
    }

    private let pause: Duration
    private let work: @Sendable ([Item]) async -> [Item]
    private let state = Mutex(State())

    /// `work` processes a batch and returns the items to retry; a pause follows each batch.
    init(pause: Duration = .zero, work: @escaping @Sendable ([Item]) async -> [Item]) {
        self.pause = pause
        self.work = work
    }

    /// Adds items to the next batch; returns at once.
    func add(_ items: [Item]) {
        guard !items.isEmpty else { return }
        state.withLock { state in
            state.waiting += items
            state.worker = state.worker ?? Task { await run() }
        }
    }

    /// Number of items queued or being processed.
    var count: Int { state.withLock { $0.waiting.count + $0.inHand } }

    /// Returns when all items are processed.
    func finish() async {
        while let worker = state.withLock({ $0.worker }) { await worker.value }
    }

    private func run() async {
        var failed: [Item] = []
        while let items = next(after: failed) {
            failed = await work(items)
            // The task is never cancelled, so the sleep cannot fail.
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
