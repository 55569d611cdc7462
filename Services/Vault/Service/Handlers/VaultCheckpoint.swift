import Ledger
import Messaging
import Models

/// `vault.checkpoint`: the ledger's newest signed head, for whoever wants to keep it (X1). It says nothing of anybody
/// and is told as a fact too.
struct VaultCheckpoint: QueryHandler {
    static let type = "vault.checkpoint"
    static let exchange = Exchange.requests

    init(reading data: Reader) {}

    func answer(_ context: QueryContext<VaultEnvironment>) async throws -> JSON {
        guard let checkpoint = try await LedgerReader(context.pool).checkpoint() else {
            throw Refusal(.notFound, "nothing was recorded yet")
        }
        return ["checkpoint": .string(checkpoint.note)]
    }
}
