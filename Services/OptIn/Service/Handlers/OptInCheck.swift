import Messaging
import Models
import OptInDomain
import PostgreSQL

/// `optin.check`: to whom of these a mail of a category may go now; any instance answers, and the answer is a lease
/// (X3).
struct OptInCheck: QueryHandler {
    static let type = "optin.check"
    static let exchange = Exchange.requests
    private let category: MailCategory
    private let contacts: [ContactID]
    private let list: String?

    init(reading data: Reader) throws(Refusal) {
        category = try data.choice("category")
        contacts = try data.contacts("contacts")
        list = try data.optionalText("list", limit: 128)
        guard category != .reply || contacts.count == 1 else {
            throw data.refusal("contacts", "must be one contact for a reply")
        }
        if category == .reply { _ = try data.name("inReplyTo", limit: 998) }
    }

    func answer(_ context: QueryContext<OptIn.Environment>) async throws -> JSON {
        if let list, !context.environment.lists.contains(list) {
            throw Refusal(.invalidField, "is no list of the configuration", at: "/data/list")
        }
        let standings = try await context.environment.reads.standings(of: contacts)
        let policy = context.environment.policy
        var allowed: [JSON] = []
        allowed.reserveCapacity(contacts.count)
        var refused: [String: [JSON]] = [:]
        for contact in contacts {
            if let reason = refusalToSend(category, to: standings[contact.text], list: list, policy: policy) {
                refused[reason, default: []].append(.string(contact.text))
            } else {
                allowed.append(.string(contact.text))
            }
        }
        let reasons = refused.sorted { $0.key < $1.key }.map { JSON.Member($0.key, .array($0.value)) }
        return [
            "allowed": .array(allowed), "refused": .object(reasons), "validForMs": .number("\(Lease.milliseconds)"),
        ]
    }
}
