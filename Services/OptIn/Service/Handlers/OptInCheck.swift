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
    private let inReplyTo: MessageID?

    init(reading data: Reader) throws(Refusal) {
        category = try data.choice("category")
        contacts = try data.contacts("contacts")
        list = try data.optionalText("list", limit: 128)
        guard category != .reply || contacts.count == 1 else {
            throw data.refusal("contacts", "must be one contact for a reply")
        }
        inReplyTo = category == .reply ? try data.messageID("inReplyTo") : nil
    }

    func answer(_ context: QueryContext<OptIn.Environment>) async throws -> JSON {
        if let list { try context.environment.check(list: list) }
        let environment = context.environment
        let replies = inReplyTo.map { id in contacts.map { ($0, environment.hash(id)) } } ?? []
        async let answersNow = environment.reads.conversations(among: replies, at: context.now)
        let standings = try await environment.reads.standings(of: contacts, on: list)
        let answers = try await !answersNow.isEmpty
        var allowed: [JSON] = []
        allowed.reserveCapacity(contacts.count)
        var refused: [String: [JSON]] = [:]
        for (contact, standing) in zip(contacts, standings) {
            if let reason = refusalToSend(
                category, to: standing, list: list, answers: answers, policy: environment.policy)
            {
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
