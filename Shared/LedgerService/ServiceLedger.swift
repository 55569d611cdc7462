package import Ledger
import Synchronization

/// A service's own ledger (X1), for answering questions.
package final class ServiceLedger: Sendable {
    private let signing: SigningKeys
    private let isAudited = Mutex(false)

    package init(signing: SigningKeys) { self.signing = signing }

    /// The ledger's name, and the keys that verify its checkpoints.
    package var signer: CheckpointSigner { signing.signer }

    /// Runs at most one audit per instance, because an audit reads the whole ledger; returns nil if one is running.
    func auditing<Value>(_ body: () async throws -> Value) async rethrows -> Value? {
        let isFree = isAudited.withLock { isAudited in
            defer { isAudited = true }
            return !isAudited
        }
        guard isFree else { return nil }
        defer { isAudited.withLock { $0 = false } }
        return try await body()
    }
}
