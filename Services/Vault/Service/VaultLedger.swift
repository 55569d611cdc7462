import Ledger
import Synchronization

/// What is answered about the vault's own ledger, the access log (V3, X1).
final class VaultLedger: Sendable {
    private let signing: SigningKeys
    private let isAudited = Mutex(false)

    init(signing: SigningKeys) { self.signing = signing }

    /// The ledger's name, and the keys by which its checkpoints are verified.
    var signer: CheckpointSigner { signing.signer }

    /// Runs one audit of this instance's at a time, for it reads everything; nil where one is under way.
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
