import Messaging
import Models
package import NotifierDomain
import Settings

/// Settings that the notifier's handlers need besides their messages.
package struct NotifierEnvironment: Sendable {
    /// Names that no placeholder may use: sensitive fields, and attributes, which are not fields.
    let unusableFields: Set<String>
    /// The names that a campaign's condition or list may use.
    let vocabulary: Condition.Vocabulary

    init(settings: Settings) {
        unusableFields = settings.sensitiveFields.union(settings.attributes.keys)
        vocabulary = settings.vocabulary
    }
}

extension MailOrCampaign: Aggregate {
    /// Settings for the handlers.
    package typealias Environment = NotifierEnvironment

    /// No mail and no campaign.
    package static var unknown: MailOrCampaign { .nothing }
}
