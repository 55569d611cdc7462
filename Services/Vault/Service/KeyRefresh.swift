import Keys
import Logging
import Metrics
import ServiceLifecycle

/// Time between two refreshes: less than the delay before a new sealing key is published, and well below the time after
/// which an instance without a heartbeat counts as dead.
private let interval = Duration.seconds(1)

/// Reloads the key file and the sealing keys every second, and writes a heartbeat with this instance's key versions to
/// the key store (X4).
struct KeyRefresh: Service {
    private let age = Gauge(label: "assent_keys_rotation_age_seconds")
    private let overdue = Gauge(label: "assent_keys_rotation_overdue")
    let instance: String
    let keys: KeyStore
    let sealing: SealingKeys
    let log: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await attempt("loading the key file failed; the keys loaded before stay in use; trying again in 1 s") {
                    try keys.ring.refresh()
                }
                await attempt("writing this instance's heartbeat to the key store failed; trying again in 1 s") {
                    try await beat()
                }
                await attempt("reading the sealing keys from the key store failed; trying again in 1 s") {
                    try await sealing.refresh()
                }
                try? await Task.sleep(for: interval)
            }
        }
        await attempt("deleting this instance's heartbeat from the key store failed; it expires after 6 s") {
            try await versions.leave(instance)
        }
    }

    /// Writes a heartbeat; also called once before the first message is processed.
    func beat() async throws {
        guard let standing = try await versions.beat(instance, keys.ring) else { return }
        age.record(standing.age)
        overdue.record(standing.isOverdue ? 1 : 0)
    }

    private var versions: KeyVersionStore { KeyVersionStore(pool: keys.pool) }

    private func attempt(_ failure: Logger.Message, _ body: () async throws -> Void) async {
        do {
            try await body()
        } catch {
            log.warning(failure, metadata: ["error": "\(error)"])
        }
    }
}
