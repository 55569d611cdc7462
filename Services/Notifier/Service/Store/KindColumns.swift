import FoundationEssentials
import NotifierDomain
import PostgreSQL

/// A mail's kind as the columns `kind`, `campaign`, `list`, `confirmation`.
struct KindColumns {
    let kind: String
    let campaign: String?
    let list: String?
    let confirmation: UUID?

    init(_ mail: MailKind) {
        kind = mail.rule.category
        campaign = mail.campaign
        if case .campaign(_, let list) = mail { self.list = list } else { list = nil }
        confirmation = mail.confirmation
    }

    /// Reads four columns in that order, beginning with column `first`.
    init(_ row: Row, from first: Int) throws(DatabaseError) {
        kind = try row.text(first)
        campaign = try row.optionalText(first + 1)
        list = try row.optionalText(first + 2)
        confirmation = try row.optionalUUID(first + 3)
    }

    /// Nil if the columns contradict each other.
    var value: MailKind? {
        switch kind {
        case "double-opt-in": confirmation.map { .doubleOptIn(confirmation: $0) }
        case "campaign": campaign.map { .campaign($0, list: list) }
        default: [.autoresponder, .workflow, .adHoc, .reply].first { (known: MailKind) in known.rule.category == kind }
        }
    }
}
