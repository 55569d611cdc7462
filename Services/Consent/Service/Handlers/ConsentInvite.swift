import ConsentDomain
import Cryptography
import FoundationEssentials
import Messaging
import Models
import Settings

/// Contacts that one question to opt-in names, and one page of a job.
private let pageSize = GateQuestion.limit
/// Timeout of that question; a failed one is asked again.
private let answerLimit = Duration.seconds(8)

/// `consent.invite` †: a user has contacts told of their page (P3).
struct ConsentInvite: Handler {
    static let type = "consent.invite"
    static let exchange = Exchange.requests
    static let isAboutOneContact = false

    private let contacts: [ContactID]

    static var permission: Permission? { .invite }

    init(reading data: Reader) throws(Refusal) { contacts = try data.contacts("contacts") }

    func decide(_ state: inout ConsentContact, _ context: Context<ConsentContact>) throws(Refusal) -> [Effect] {
        [.job(["contacts": .array(contacts.map { .string($0.text) })])]
    }
}

/// The job of a `consent.invite`. Opt-in is asked before, so that who would get no mail is refused with its reason; the
/// gate decides again at hand-over (N2).
struct InvitePageJob: ContactJobWork {
    static let itemType = InvitePage.type
    static let sent = "sent"
    static let counted: Set<String> = [sent]

    let asker: Asker

    /// The cursor is the index of the page's first contact.
    func select(_ job: Job) async throws -> JobPage {
        let contacts = (try job.data["contacts"]?.elements ?? []).compactMap { $0.text.flatMap { ContactID($0) } }
        let start = job.cursor.flatMap { Int($0) } ?? 0
        let end = min(contacts.count, start + pageSize)
        let mails = contacts[start..<end].map { contact in
            GateQuestion.Mail(
                mail: UUID.timeOrdered(at: .now, random: Random.bytes(10)), contact: contact, category: .adHoc)
        }
        let answer = try await asker.ask(
            GateQuestion.type, subject: "mails", GateQuestion(mails).json, timeout: answerLimit)
        let refused = try GateAnswer(reading: try Reader(answer, at: "/data")).refused
        return JobPage(
            items: mails.map { JobPage.Item(contact: $0.contact.text, detail: refused[$0.mail]) },
            next: end < contacts.count ? String(end) : nil)
    }

    func message(_ job: Job, number: Int, _ item: JobPage.Item) -> JSON {
        JobItem(job: job.id, number: number, detail: item.detail, user: job.user?.text).json
    }

    func result(_ outcomes: JobOutcomes) -> JSON {
        let refused = outcomes.contacts.sorted { $0.key < $1.key }.map { reason, contacts in
            JSON.Member(reason, .array(contacts.map { .string($0) }))
        }
        return ["sent": .number(String(outcomes.counts[Self.sent] ?? 0)), "refused": .object(refused)]
    }
}

/// `internal.invite-page`: one contact of a `consent.invite`.
struct InvitePageItem: Handler {
    static let type = InvitePage.type
    static let exchange = Exchange.internal
    static let sender: SuiteService? = .consent

    private let item: JobItem

    init(reading data: Reader) throws(Refusal) { item = try JobItem(reading: data) }

    func decide(_ state: inout ConsentContact, _ context: Context<ConsentContact>) throws(Refusal) -> [Effect] {
        func done(_ outcome: String) -> Effect { .itemDone(job: item.job, number: item.number, outcome: outcome) }
        // Opt-in's reason counts only for a contact who could be told otherwise.
        var told = state
        let (telling, refusal) = told.invite(context.environment.rules, at: context.now, mail: context.newID())
        if let reason = refusal ?? item.detail { return [done(reason)] }
        state = told
        return [telling].compactMap { $0 }.map(context.notice) + [done(InvitePageJob.sent)]
    }
}
