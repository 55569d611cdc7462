import FoundationEssentials
import Messaging
import Models
import OptInDomain
import Settings

/// `optin.invite`: sends the double-opt-in mail to contacts, to a list, or to the contacts that meet a condition (O4).
struct OptInInvite: Handler {
    static let type = "optin.invite"
    static let exchange = Exchange.requests
    static let isAboutOneContact = false
    private let data: Reader
    private let contacts: [ContactID]?
    private let list: String?

    static var permission: Permission? { .invite }

    init(reading data: Reader) throws(Refusal) {
        self.data = data
        let named = ["contacts", "list", "where"].filter { data.optional($0) != nil }
        guard named.count == 1 else {
            throw data.refusal(named.last ?? "contacts", "one of contacts, list and where must be given")
        }
        contacts = named == ["contacts"] ? try data.contacts("contacts", limit: SelectedContacts.limit) : nil
        list = try data.optionalText("list", limit: 128)
    }

    func decide(_ state: inout OptIn, _ context: Context<OptIn>) throws(Refusal) -> [Effect] {
        if let list { try context.environment.check(list: list) }
        if let condition = data.optional("where") {
            let pointer = data.pointer(to: "where")
            _ = try Condition(reading: condition, at: pointer, knowing: context.environment.vocabulary)
        }
        return [
            .job(
                JSON(present: [
                    "contacts": contacts.map { .array($0.map { [.string($0.text), .null] }) }, "list": .text(list),
                    "where": data.optional("where"),
                ]))
        ]
    }
}

/// The job of an `optin.invite`.
struct InviteJob: ContactJobWork {
    static let itemType = JobItem.inviteType
    let reads: OptInReads
    let asker: Asker

    func select(_ job: Job) async throws -> JobPage {
        let page: ContactPage
        let data = try job.data
        if let list = data["list"]?.text {
            page = try await reads.members(of: list, after: job.cursor, limit: SelectedContacts.pageSize)
        } else if let condition = data["where"] {
            let question = FindQuestion(
                condition: condition, after: job.cursor, limit: SelectedContacts.pageSize)
            let answer = try await asker.ask(
                FindQuestion.type, subject: "contacts", question.json, timeout: SelectedContacts.answerLimit)
            page = try ContactPage(reading: try Reader(answer, at: "/data"))
        } else {
            return try SelectedContacts.page(job)
        }
        return JobPage(items: page.contacts.map { JobPage.Item(contact: $0.text) }, next: page.next)
    }

    func message(_ job: Job, number: Int, _ item: JobPage.Item) -> JSON {
        JobItem(job: job.id, number: number, user: job.user?.text).json
    }

    static let counted: Set<String> = [InviteItem.sent]

    func result(_ outcomes: JobOutcomes) -> JSON {
        let sent = outcomes.counts[InviteItem.sent] ?? 0
        return ["sent": .number(String(sent)), "refused": SelectedContacts.refused(outcomes)]
    }
}

/// `internal.invite`: one contact of an invitation.
struct InviteItem: Handler {
    static let type = JobItem.inviteType
    static let exchange = Exchange.internal
    static let sender: SuiteService? = .optin
    static let sent = "sent"
    private let item: JobItem

    init(reading data: Reader) throws(Refusal) { item = try JobItem(reading: data) }

    func decide(_ state: inout OptIn, _ context: Context<OptIn>) throws(Refusal) -> [Effect] {
        let (consequences, refusal) = state.invite(context.occasion)
        let done = Effect.itemDone(job: item.job, number: item.number, outcome: refusal ?? Self.sent)
        return context.effects(of: consequences, on: state) + [done]
    }
}
