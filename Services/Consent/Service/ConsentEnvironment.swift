public import ConsentDomain
import Cryptography
import FoundationEssentials
public import Messaging
import Models
import Settings

/// What handlers and pages need beside the state.
public struct ConsentEnvironment: Sendable {
    let settings: Settings
    let linkKeys: KeyRing
    /// Without a slash at its end.
    let publicURL: String
    /// Names of attributes.
    let attributes: Set<String>
    /// Names of sensitive fields.
    let sensitiveFields: Set<String>
    /// What a condition may name.
    let vocabulary: Condition.Vocabulary
    /// In the order of the page.
    let consents: [DeclaredConsent]

    init(settings: Settings, linkKeys: KeyRing, publicURL: String) {
        self.settings = settings
        self.linkKeys = linkKeys
        self.publicURL = publicURL.hasSuffix("/") ? String(publicURL.dropLast()) : publicURL
        attributes = Set(settings.attributes.keys)
        sensitiveFields = Set(settings.fields.filter(\.value.sensitive).keys)
        vocabulary = settings.vocabulary
        consents = settings.consents.map {
            DeclaredConsent(name: $0.name, isGrantedByDefault: $0.standard == .granted)
        }
    }
}

extension ConsentContact: Aggregate {
    /// Settings and keys.
    public typealias Environment = ConsentEnvironment
}
