/// What the notifier knows under one key: a mail, or a campaign.
public enum MailOrCampaign: Sendable, Equatable {
    /// Nothing.
    case nothing
    /// One recipient's mail.
    case mail(Mail)
    /// A text for many.
    case campaign(Campaign)

    /// A mail's key, from its id.
    public static func key(mail id: String) -> String { mailPrefix + id }
    /// A campaign's key. The slash keeps both apart from contacts' ids, which have none.
    public static func key(campaign name: String) -> String { campaignPrefix + name }

    /// The id of the mail that the key names.
    public static func mail(of key: String) -> Substring? { rest(of: key, after: mailPrefix) }
    /// The name of the campaign that the key names.
    public static func campaign(of key: String) -> Substring? { rest(of: key, after: campaignPrefix) }

    private static let mailPrefix = "mail/"
    private static let campaignPrefix = "campaign/"

    private static func rest(of key: String, after prefix: String) -> Substring? {
        key.hasPrefix(prefix) ? key.dropFirst(prefix.count) : nil
    }
}
