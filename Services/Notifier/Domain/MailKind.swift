package import FoundationEssentials

/// The kind of a mail.
package enum MailKind: Sendable, Equatable {
    /// Asks for the double opt-in (O2); `confirmation` is the id in its link.
    case doubleOptIn(confirmation: UUID)
    /// One recipient's mail of a campaign; the gate checks the membership of `list` (N4).
    case campaign(String, list: String?)
    /// An automatic answer to an action of the contact.
    case autoresponder
    /// Sent by a workflow.
    case workflow
    /// Written by a user to the contact.
    case adHoc
    /// A user's reply to a mail from the contact (O9).
    case reply

    /// The id of the confirmation that the mail's link opens; nil for kinds without one.
    package var confirmation: UUID? {
        guard case .doubleOptIn(let confirmation) = self else { return nil }
        return confirmation
    }

    /// The campaign's name; nil for other kinds.
    package var campaign: String? {
        guard case .campaign(let name, _) = self else { return nil }
        return name
    }
}
