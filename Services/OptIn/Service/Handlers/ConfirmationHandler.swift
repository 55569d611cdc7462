import Messaging
import Models
import OptInDomain
import PostgreSQL

/// `internal.confirmation`: returns the state of a double-opt-in link for its page; changes nothing (P6).
struct ConfirmationHandler: QueryHandler {
    static let type = ConfirmationQuestion.type
    static let exchange = Exchange.internal
    static let sender: SuiteService? = .consent
    private let question: ConfirmationQuestion

    init(reading data: Reader) throws(Refusal) { question = try ConfirmationQuestion(reading: data) }

    func answer(_ context: QueryContext<OptIn.Environment>) async throws -> JSON {
        let reads = context.environment.reads.by(context.pool)
        guard let answer = try await reads.confirmation(question.confirmation, at: context.now) else {
            throw Refusal(.notFound, "there is no such confirmation")
        }
        return answer.json
    }
}
