import LedgerService
import Messaging
import Models
import Settings

/// `consent.audit` †: checks the whole ledger of decisions (X1).
struct ConsentAudit: QueryHandler {
    static let type = "consent.audit"
    static let exchange = Exchange.requests

    private let question: AuditQuestion

    static var permission: Permission? { .readAccessLog }

    init(reading data: Reader) throws(Refusal) { question = try AuditQuestion(reading: data) }

    func answer(_ context: QueryContext<ConsentEnvironment>) async throws -> JSON {
        try await question.answer(by: context.environment.ledger, context.pool)
    }
}
