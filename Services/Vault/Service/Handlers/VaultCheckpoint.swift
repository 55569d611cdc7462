import Ledger
import Messaging
import Models

/// `vault.checkpoint`: the ledger's newest signed head, for keeping outside the suite (X1). It holds no personal data
/// and is also published as a fact.
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
