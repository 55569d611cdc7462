import Messaging
import Models

/// `internal.find`: `consent.find`, asked by the notifier for a campaign and by opt-in for its invitations.
struct FindHandler: QueryHandler {
    static let type = FindQuestion.type
    static let exchange = Exchange.internal

    private let find: ConsentFind

    init(reading data: Reader) throws(Refusal) { find = try ConsentFind(reading: data) }

    func answer(_ context: QueryContext<ConsentEnvironment>) async throws -> JSON { try await find.answer(context) }
}
