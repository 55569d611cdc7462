/// Campaign mails that may have ended without being recorded: a crash counts them as unknown (N3).
private let mostUnrecorded = 4

/// Records how a claim's campaign mails ended while the next one is handed over, as many at a time as have come up
/// meanwhile: recording begins at once and takes one round trip for all of them.
actor EndRecorder {
    private let record: @Sendable ([Ended]) async -> Void
    private var waiting: [Ended] = []
    private var underWay = 0
    private var work: Task<Void, Never>?

    /// `record` writes down and tells.
    init(_ record: @escaping @Sendable ([Ended]) async -> Void) { self.record = record }

    /// Takes an end; returns once few enough are unrecorded.
    func add(_ ended: Ended) async {
        waiting.append(ended)
        if work == nil { work = Task { await recordAll() } }
        while waiting.count + underWay >= mostUnrecorded, let work { await work.value }
    }

    /// Returns once everything is recorded.
    func finish() async {
        while let work { await work.value }
    }

    private func recordAll() async {
        while !waiting.isEmpty {
            let batch = waiting
            waiting = []
            underWay = batch.count
            await record(batch)
            underWay = 0
        }
        work = nil
    }
}
