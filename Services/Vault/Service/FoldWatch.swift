import Logging
import Metrics
import Synchronization

/// Sees whether the ledger is signed, and says where it stops and where it goes on: once each, for it is tried twice a
/// second (X1).
final class FoldWatch: Sendable {
    private struct State {
        var failure: String?
        var since: ContinuousClock.Instant?
    }

    private let log: Logger
    private let record: @Sendable (Double) -> Void
    private let state = Mutex(State())

    init(log: Logger, record: @escaping @Sendable (Double) -> Void) {
        self.log = log
        self.record = record
    }

    /// Tells it to the gauge `assent_ledger_fold_overdue_seconds`.
    convenience init(log: Logger) {
        let overdue = Gauge(label: "assent_ledger_fold_overdue_seconds")
        self.init(log: log) { overdue.record($0) }
    }

    /// Takes what became of a fold. Records the time for which none has come: 0 while they do.
    func see(_ fold: Result<Void, any Error>, at now: ContinuousClock.Instant) {
        switch fold {
        case .success:
            let was = state.withLock { state in
                defer { state = State() }
                return state
            }
            record(0)
            if was.failure != nil { log.notice("signing the ledger's checkpoint works again") }
        case .failure(let error):
            let (isNew, since) = state.withLock { state in
                defer { state.failure = "\(error)" }
                let since = state.since ?? now
                state.since = since
                return (state.failure != "\(error)", since)
            }
            record((now - since) / .seconds(1))
            if isNew {
                log.error(
                    "signing the ledger's checkpoint failed; trying again every 500 ms",
                    metadata: ["error": "\(error)"])
            }
        }
    }
}
