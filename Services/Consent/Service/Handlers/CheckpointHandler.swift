import LedgerService
import Messaging
import Models

/// `internal.checkpoint`: `consent.checkpoint`, asked by the notifier for the header of its mails (X1).
struct CheckpointHandler: QueryHandler {
    static let type = CheckpointQuestion.type
    static let exchange = Exchange.internal
    static let sender: SuiteService? = .notifier

    init(reading data: Reader) {}

    func answer(_ context: QueryContext<ConsentEnvironment>) async throws -> JSON {
        try await CheckpointAnswer.read(context.pool)
    }
}
