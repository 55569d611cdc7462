import ConsentDomain
import FoundationEssentials
import Models
import PostgreSQL

/// Whether actions that rules have ordered may be carried out now (C6).
struct FiringReads: Sendable {
    /// An action as its row holds it.
    struct Firing: Sendable {
        let id: UUID
        let contact: String
        let workflow: String
        let action: Int
        let triggerType: String
        let consent: String?

        /// Reads the columns `id`, `contact`, `workflow`, `action`, `trigger_type`, `consent`.
        init(_ row: Row) throws {
            id = try row.uuid(0)
            contact = try row.text(1)
            workflow = try row.text(2)
            action = Int(try row.int64(3))
            triggerType = try row.text(4)
            consent = try row.optionalText(5)
        }

        /// The rule that ordered it, as the configuration has it now.
        func rule(_ rules: [WorkflowRule]) -> WorkflowRule? { rules.first { $0.name == workflow } }
    }

    private static let ordered = """
        SELECT id, contact, workflow, action, trigger_type, consent
        FROM workflow_firing WHERE id = ANY ($1::uuid[]) AND state = 'mailed'
        """

    let pool: Pool
    let rules: [WorkflowRule]

    /// The reasons of the mails that may not be handed over, by the mail's id. The statements begin after this call,
    /// and the answer is a lease (X3).
    func refusals(of mails: [UUID: ContactID]) async throws -> [UUID: String] {
        guard !mails.isEmpty else { return [:] }
        let rows = try await pool.run([Statement(Self.ordered, [.uuids(Array(mails.keys))])])[0]
        let firings = try rows.map { try Firing($0) }.filter { mails[$0.id]?.text == $0.contact }
        let contacts = try await contacts(of: firings)
        var refusals = mails.mapValues { _ in FiringRefusal.superseded.rawValue }
        for firing in firings { refusals[firing.id] = refusal(of: firing, contacts)?.rawValue }
        return refusals
    }

    /// The states of the actions' contacts, by their ids.
    func contacts(of firings: [Firing]) async throws -> [String: ConsentContact] {
        let keys = Set(firings.map(\.contact)).sorted()
        guard !keys.isEmpty else { return [:] }
        let store = ConsentStore()
        return try await store.states(of: keys, from: try await pool.run(store.loading(keys))[...])
    }

    /// Why an action must not be carried out; nil if it may.
    func refusal(of firing: Firing, _ contacts: [String: ConsentContact]) -> FiringRefusal? {
        guard let rule = firing.rule(rules), let contact = contacts[firing.contact] else { return .superseded }
        return contact.refusal(of: rule, firing.action, about: firing.consent, triggeredBy: firing.triggerType)
    }
}
