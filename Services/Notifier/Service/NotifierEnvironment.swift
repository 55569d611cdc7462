public import Messaging
import Models
public import NotifierDomain
import Settings

/// What the notifier's handlers need beside their messages.
public struct NotifierEnvironment: Sendable {
    /// What no placeholder may name: sensitive fields, and attributes, which are no fields.
    let unusableFields: Set<String>
    /// The names that a campaign's condition or list may use.
    let vocabulary: Condition.Vocabulary

    init(settings: Settings) {
        unusableFields = settings.sensitiveFields.union(settings.attributes.keys)
        vocabulary = settings.vocabulary
    }
}

extension MailOrCampaign: Aggregate {
    /// What its handlers need.
    public typealias Environment = NotifierEnvironment

    /// Nothing.
    public static var unknown: MailOrCampaign { .nothing }
}
