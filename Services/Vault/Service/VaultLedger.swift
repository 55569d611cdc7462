import Ledger
import Synchronization

/// The vault's own ledger, which holds the access log (V3, X1), for answering questions.
final class VaultLedger: Sendable {
    private let signing: SigningKeys
    private let isAudited = Mutex(false)

    init(signing: SigningKeys) { self.signing = signing }

    /// The ledger's name, and the keys that verify its checkpoints.
    var signer: CheckpointSigner { signing.signer }

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
