import ConsentDomain
import Messaging
import Models

/// `consent.check`: which of these contacts allow a use now; any instance answers, and the answer is a lease (X3).
struct ConsentCheck: QueryHandler {
    static let type = "consent.check"
    static let exchange = Exchange.requests
    static let isPermission = true

    private let consent: String
    private let contacts: [ContactID]

    init(reading data: Reader) throws(Refusal) {
        consent = try data.name("consent")
        contacts = try data.contacts("contacts")
    }

    func answer(_ context: QueryContext<ConsentEnvironment>) async throws -> JSON {
        let consent = try context.environment.consent(consent)
        let allowed = try await DecisionReads(pool: context.pool).allowed(consent, by: contacts)
        let granted = contacts.filter { allowed.contains($0.text) }
        let refused = contacts.filter { !allowed.contains($0.text) }
        return [
            "granted": .array(granted.map { .string($0.text) }), "refused": .array(refused.map { .string($0.text) }),
            "validForMs": .number("\(Lease.milliseconds)"),
        ]
    }
}
