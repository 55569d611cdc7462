import Messaging
import Models

/// `internal.resolve-workflow`: consent asks for the values that a workflow's message carries, when it publishes the
/// message (C6). As `internal.resolve`: sealed, never a sensitive field, never a locked one; but with whole values.
struct ResolveWorkflowHandler: QueryHandler {
    static let type = ResolveQuestion.typeForWorkflows
    static let exchange = Exchange.internal
    static let sender: SuiteService? = .consent

    /// Contacts in one question, so that the whole values fit a reply.
    private static let contactsLimit = 1

    private let resolving: ResolveHandler

    init(reading data: Reader) throws(Refusal) {
        var resolving = try ResolveHandler(reading: data)
        guard resolving.contactCount <= Self.contactsLimit else {
            throw data.refusal("contacts", "must name one contact", .tooLarge)
        }
        resolving.cutsValues = false
        self.resolving = resolving
    }

    func answer(_ context: QueryContext<VaultEnvironment>) async throws -> JSON {
        try await resolving.answer(context)
    }
}
