import Messaging
import Models
import OptInDomain

/// `internal.list-members`: the subscribers of a list, for a campaign (N4).
struct ListMembersHandler: QueryHandler {
    static let type = ListMembersQuestion.type
    static let exchange = Exchange.internal
    static let sender: SuiteService? = .notifier
    private let question: ListMembersQuestion

    init(reading data: Reader) throws(Refusal) { question = try ListMembersQuestion(reading: data) }

    func answer(_ context: QueryContext<OptIn.Environment>) async throws -> JSON {
        try await context.environment.reads.by(context.pool).members(
            of: question.list, after: question.after, limit: question.limit
        ).json
    }
}
