import LedgerService
import Messaging
import Models

/// `consent.proof`: proves that a decision is included in the ledger (X1).
struct ConsentProof: QueryHandler {
    static let type = "consent.proof"
    static let exchange = Exchange.requests

    private let question: ProofQuestion

    init(reading data: Reader) throws(Refusal) { question = try ProofQuestion(reading: data) }

    func answer(_ context: QueryContext<ConsentEnvironment>) async throws -> JSON {
        try await question.answer(context.pool)
    }
}
