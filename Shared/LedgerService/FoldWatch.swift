import Logging
import Metrics
import Synchronization

/// Monitors the signing of the ledger. Signing is tried twice a second (X1), so a failure and the recovery are logged
/// only once each.
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

    /// Records to the gauge `assent_ledger_fold_overdue_seconds`.
    convenience init(log: Logger) {
        let overdue = Gauge(label: "assent_ledger_fold_overdue_seconds")
        self.init(log: log) { overdue.record($0) }
    }

    /// Takes the result of a signing attempt and records the time since the first failure; 0 after a success.
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
