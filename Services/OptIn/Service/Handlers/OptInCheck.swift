import Messaging
import Models
import OptInDomain
import PostgreSQL
import ServiceKit

/// `optin.check`: which of these contacts may get a mail of a category now; any instance answers, and the answer is a
/// lease (X3).
struct OptInCheck: QueryHandler {
    static let type = "optin.check"
    static let exchange = Exchange.requests
    static let isPermission = true
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
        data.allow("inReplyTo")
        inReplyTo = category == .reply ? try data.messageID("inReplyTo") : nil
    }

    func answer(_ context: QueryContext<OptIn.Environment>) async throws -> JSON {
        if let list { try context.environment.check(list: list) }
        let environment = context.environment
        let reads = environment.reads.by(context.pool)
        let replies = inReplyTo.map { id in contacts.map { ($0, environment.addressKeys.hashes(of: id)) } } ?? []
        async let answersNow = reads.conversations(among: replies, at: context.now)
        let groups = try await reads.groups(of: contacts, on: list)
        let answers = try await !answersNow.isEmpty
        // Each distinct recipient is judged once; `judged` maps each contact to its judgement, and nil means permitted.
        func judge(_ recipient: Recipient?) -> String? {
            refusalToSend(category, to: recipient, list: list, answers: answers, policy: environment.policy)
        }
        var judgements = [nil, judge(nil)]
        var judged = [Int](repeating: 1, count: contacts.count)
        for group in groups {
            let judgement = judge(group.recipient)
            let number = judgements.firstIndex(of: judgement) ?? judgements.endIndex
            if number == judgements.endIndex { judgements.append(judgement) }
            for place in group.places { judged[place] = number }
        }
        var named = [[JSON]](repeating: [], count: judgements.count)
        for (contact, number) in zip(contacts, judged) { named[number].append(.string(contact.text)) }
        let refused = zip(judgements, named).compactMap { reason, contacts in
            reason.flatMap { contacts.isEmpty ? nil : JSON.Member($0, .array(contacts)) }
        }
        return [
            "allowed": .array(named[0]), "refused": .object(refused.sorted { $0.name < $1.name }),
            "validForMs": .number("\(Lease.milliseconds)"),
        ]
    }
}
