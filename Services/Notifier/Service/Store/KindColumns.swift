import FoundationEssentials
import Models
import NotifierDomain
import PostgreSQL

/// A mail's kind as the columns `kind`, `campaign`, `list`, `link_row`, `changes`.
struct KindColumns {
    let kind: String
    let campaign: String?
    let list: String?
    let row: UUID?
    /// The changes or consents that the mail lists, or the workflow's action that ordered it, as JSON.
    let changes: String?

    init(_ mail: MailKind) {
        kind = mail.rule.category
        campaign = mail.campaign
        if case .campaign(_, let list) = mail { self.list = list } else { list = nil }
        row = mail.row
        let listed = mail.changes.map(\.json) + mail.items.map(\.json)
        changes = mail.firing?.json.serialized ?? (listed.isEmpty ? nil : JSON.array(listed).serialized)
    }

    /// Reads five columns in that order, beginning with column `first`.
    init(_ row: Row, from first: Int) throws(DatabaseError) {
        kind = try row.text(first)
        campaign = try row.optionalText(first + 1)
        list = try row.optionalText(first + 2)
        self.row = try row.optionalUUID(first + 3)
        changes = try row.optionalText(first + 4)
    }

    /// Nil if the columns contradict each other.
    var value: MailKind? {
        switch kind {
        case "double-opt-in": row.map { .doubleOptIn(confirmation: $0) }
        case "campaign": campaign.map { .campaign($0, list: list) }
        case let name where RequestMail(rawValue: name) != nil: request
        case MailCategory.workflow.rawValue where changes != nil: firing
        case let name where NoticeMail(rawValue: name) != nil: notice
        default: [.autoresponder, .workflow, .adHoc, .reply].first { (known: MailKind) in known.rule.category == kind }
        }
    }

    private var firing: MailKind? {
        guard let json = try? JSON(parsing: Array((changes ?? "").utf8)),
            let mail = try? WorkflowMail(reading: try Reader(json, at: ""))
        else { return nil }
        return .firing(mail)
    }

    private var request: MailKind? {
        guard let mail = RequestMail(rawValue: kind), let row, let changes = try? listed?.pageChanges("listed")
        else { return nil }
        return .request(mail, row: row, changes: changes)
    }

    private var notice: MailKind? {
        guard let mail = NoticeMail(rawValue: kind), let row, let items = try? listed?.noticeItems("listed")
        else { return nil }
        return .notice(mail, row: row, items: items)
    }

    private var listed: Reader? {
        guard let list = try? JSON(parsing: Array((changes ?? "[]").utf8)) else { return nil }
        return try? Reader(["listed": list], at: "")
    }
}
