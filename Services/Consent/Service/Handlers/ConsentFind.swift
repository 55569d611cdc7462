import Messaging
import Models

/// `consent.find`: the contacts that meet a condition.
struct ConsentFind: QueryHandler {
    static let type = "consent.find"
    static let exchange = Exchange.requests

    private let question: FindQuestion

    init(reading data: Reader) throws(Refusal) { question = try FindQuestion(reading: data) }

    func answer(_ context: QueryContext<ConsentEnvironment>) async throws -> JSON {
        try await ContactSearch(pool: context.pool, vocabulary: context.environment.vocabulary).answer(question).json
    }
}
