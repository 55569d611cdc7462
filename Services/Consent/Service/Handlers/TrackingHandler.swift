import ConsentDomain
import Messaging
import Models

/// `internal.tracking`: the notifier asks at hand-over whose mails may carry a pixel and tracked links (C2).
struct TrackingHandler: QueryHandler {
    static let type = TrackingQuestion.type
    static let exchange = Exchange.internal
    static let sender: SuiteService? = .notifier
    static let isPermission = true

    private let question: TrackingQuestion

    init(reading data: Reader) throws(Refusal) { question = try TrackingQuestion(reading: data) }

    func answer(_ context: QueryContext<ConsentEnvironment>) async throws -> JSON {
        guard let consent = context.environment.tracking else { return TrackingAnswer(granted: []).json }
        let allowed = try await DecisionReads(pool: context.pool).allowed(consent, by: question.contacts)
        return TrackingAnswer(granted: question.contacts.filter { allowed.contains($0.text) }).json
    }
}
