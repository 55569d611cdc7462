import Messaging
import Models
import OptInDomain
import PostgreSQL

/// `internal.email-choices`: what the contact's page shows of e-mail (P1). It may be some milliseconds behind, like the
/// whole page.
struct EmailChoicesHandler: QueryHandler {
    static let type = EmailChoicesQuestion.type
    static let exchange = Exchange.internal
    static let sender: SuiteService? = .consent

    init(reading data: Reader) throws(Refusal) {}

    func answer(_ context: QueryContext<OptIn.Environment>) async throws -> JSON {
        let reads = context.environment.reads.by(context.pool)
        return try await reads.emailChoices(of: context.message.event.subject, at: context.now).json
    }
}
