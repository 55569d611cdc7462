/// The notifier's state under one key: a mail, or a campaign.
package enum MailOrCampaign: Sendable, Equatable {
    /// Nothing.
    case nothing
    /// One recipient's mail.
    case mail(Mail)
    /// A text for many recipients.
    case campaign(Campaign)

    /// The key of a mail.
    package static func key(mail id: String) -> String { mailPrefix + id }
    /// The key of a campaign. The slash distinguishes both kinds of keys from contacts' ids, which have none.
    package static func key(campaign name: String) -> String { campaignPrefix + name }

    /// The mail's id in a key; nil for other keys.
    package static func mail(of key: String) -> Substring? { rest(of: key, after: mailPrefix) }
    /// The campaign's name in a key; nil for other keys.
    package static func campaign(of key: String) -> Substring? { rest(of: key, after: campaignPrefix) }

    private static let mailPrefix = "mail/"
    private static let campaignPrefix = "campaign/"

    private static func rest(of key: String, after prefix: String) -> Substring? {
        key.hasPrefix(prefix) ? key.dropFirst(prefix.count) : nil
    }
}
