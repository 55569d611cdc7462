import LedgerService
import Messaging
import Models

/// `vault.checkpoint`: the newest signed head of the access log's ledger (X1).
struct VaultCheckpoint: QueryHandler {
    static let type = "vault.checkpoint"
    static let exchange = Exchange.requests

    init(reading data: Reader) {}

    func answer(_ context: QueryContext<VaultEnvironment>) async throws -> JSON {
        try await CheckpointAnswer.read(context.pool)
    }
}
