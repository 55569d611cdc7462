import LedgerService
import Messaging
import Models

/// `consent.checkpoint`: the newest signed head of the ledger of decisions (X1).
struct ConsentCheckpoint: QueryHandler {
    static let type = "consent.checkpoint"
    static let exchange = Exchange.requests

    init(reading data: Reader) {}

    func answer(_ context: QueryContext<ConsentEnvironment>) async throws -> JSON {
        try await CheckpointAnswer.read(context.pool)
    }
}
