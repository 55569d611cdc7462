import Messaging
import Models

/// `consent.report`: counts the decisions of all contacts, or of those that meet a condition.
struct ConsentReport: QueryHandler {
    static let type = "consent.report"
    static let exchange = Exchange.requests

    private let condition: JSON?

    init(reading data: Reader) { condition = data.optional("where") }

    func answer(_ context: QueryContext<ConsentEnvironment>) async throws -> JSON {
        let environment = context.environment
        let condition = try condition.map {
            try Condition(reading: $0, at: "/data/where", knowing: environment.vocabulary)
        }
        return try await DecisionReads(pool: context.pool).report(
            on: environment.consents, where: condition ?? .all([]))
    }
}
