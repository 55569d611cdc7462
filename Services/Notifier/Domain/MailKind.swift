package import FoundationEssentials
package import Models

/// The kind of a mail.
package enum MailKind: Sendable, Equatable {
    /// Asks for the double opt-in (O2); `confirmation` is the id in its link.
    case doubleOptIn(confirmation: UUID)
    /// Carries out a request of the contact's; `row` is consent's row, which its link opens.
    case request(RequestMail, row: UUID, changes: [PageChange])
    /// Tells of the page or of consents on it; `row` is consent's name for the mail.
    case notice(NoticeMail, row: UUID, items: [NoticeItem])
    /// One recipient's mail of a campaign; the gate checks the membership of `list` (N4).
    case campaign(String, list: String?)
    /// An automatic answer to an action of the contact.
    case autoresponder
    /// Sent by a publisher's workflow.
    case workflow
    /// Ordered by a workflow of the configuration (C6); the mail's id is that of the firing.
    case firing(WorkflowMail)
    /// Written by a user to the contact.
    case adHoc
    /// A user's reply to a mail from the contact (O9).
    case reply

    /// The row that the mail was ordered for: opt-in's confirmation, or consent's row; nil for kinds without one.
    package var row: UUID? {
        switch self {
        case .doubleOptIn(let row), .request(_, let row, _), .notice(_, let row, _): row
        case .campaign, .autoresponder, .workflow, .firing, .adHoc, .reply: nil
        }
    }

    /// The changes that the mail lists.
    package var changes: [PageChange] {
        guard case .request(_, _, let changes) = self else { return [] }
        return changes
    }

    /// The action of a workflow that ordered the mail; nil for other kinds.
    package var firing: WorkflowMail? {
        guard case .firing(let mail) = self else { return nil }
        return mail
    }

    /// The consents that the mail lists.
    package var items: [NoticeItem] {
        guard case .notice(_, _, let items) = self else { return [] }
        return items
    }

    /// The campaign's name; nil for other kinds.
    package var campaign: String? {
        guard case .campaign(let name, _) = self else { return nil }
        return name
    }
}
