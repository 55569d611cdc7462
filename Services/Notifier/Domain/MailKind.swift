public import FoundationEssentials

/// What a mail is.
public enum MailKind: Sendable, Equatable {
    /// Asks for the double opt-in (O2); `confirmation` is the row that its link opens.
    case doubleOptIn(confirmation: UUID)
    /// One recipient's mail of a campaign, gated with the list that it goes to (N4).
    case campaign(String, list: String?)
    /// Answers what the contact did, by itself.
    case autoresponder
    /// A workflow sends it.
    case workflow
    /// A user writes to the contact.
    case adHoc
    /// A user answers a mail of the contact's (O9).
    case reply

    /// The row of a confirmation that its link opens, for a kind whose template has one.
    public var confirmation: UUID? {
        guard case .doubleOptIn(let confirmation) = self else { return nil }
        return confirmation
    }

    /// The campaign that the mail belongs to.
    public var campaign: String? {
        guard case .campaign(let name, _) = self else { return nil }
        return name
    }
}
