import LedgerService
import Messaging
import Models
import Settings

/// `vault.audit` †: checks the whole ledger behind the access log (X1).
struct VaultAudit: QueryHandler {
    static let type = "vault.audit"
    static let exchange = Exchange.requests

    private let question: AuditQuestion

    static var permission: Permission? { .readAccessLog }

    init(reading data: Reader) throws(Refusal) { question = try AuditQuestion(reading: data) }

    func answer(_ context: QueryContext<VaultEnvironment>) async throws -> JSON {
        try await question.answer(by: context.environment.ledger, context.pool)
    }
}
