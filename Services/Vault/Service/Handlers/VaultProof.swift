import LedgerService
import Messaging
import Models
import Settings

/// `vault.proof` †: proves that an entry of the access log is included in the ledger (X1).
struct VaultProof: QueryHandler {
    static let type = "vault.proof"
    static let exchange = Exchange.requests

    private let question: ProofQuestion

    static var permission: Permission? { .readAccessLog }

    init(reading data: Reader) throws(Refusal) { question = try ProofQuestion(reading: data) }

    func answer(_ context: QueryContext<VaultEnvironment>) async throws -> JSON {
        try await question.answer(context.pool)
    }
}
