import Ledger
import Logging
import PostgreSQL
import Synchronization
import Testing

@testable import LedgerService

@Suite("The ledger's folds are watched") struct FoldTests {
    private struct Failure: Error {
        let text: String
    }

    @Test("X1 a ledger that is not signed is said once, counted in seconds, and said to be signed again")
    func watched() {
        let lines = Lines()
        let seconds = Mutex<[Double]>([])
        let watch = FoldWatch(log: Logger(label: "test") { _ in lines }) { value in
            seconds.withLock { $0.append(value) }
        }
        let start = ContinuousClock.now
        let folds: [Result<Void, any Error>] = [
            .success(()), .failure(Failure(text: "a")), .failure(Failure(text: "a")), .failure(Failure(text: "b")),
            .failure(Failure(text: "b")), .success(()), .success(()), .failure(Failure(text: "b")),
        ]
        for (second, fold) in folds.enumerated() { watch.see(fold, at: start + .seconds(second)) }
        #expect(seconds.withLock { $0 } == [0, 0, 1, 2, 3, 0, 0, 0])
        let waits = "signing the ledger's checkpoint failed; trying again every 500 ms"
        #expect(lines.seen == [waits, waits, "signing the ledger's checkpoint works again", waits])
    }
}

/// Keeps what is logged.
private final class Lines: LogHandler, Sendable {
    private let lines = Mutex<[String]>([])

    var seen: [String] { lines.withLock { $0 } }
    var metadata: Logger.Metadata {
        get { [:] }
        set {}
    }
    var logLevel: Logger.Level {
        get { .trace }
        set {}
    }
    subscript(metadataKey _: String) -> Logger.Metadata.Value? {
        get { nil }
        set {}
    }

    func log(event: LogEvent) { lines.withLock { $0.append(event.message.description) } }
}
