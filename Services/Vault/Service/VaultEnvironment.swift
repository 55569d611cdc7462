import Cryptography
public import Messaging
import Models
import Settings
public import VaultDomain

/// What the vault's handlers need beside the message.
public struct VaultEnvironment: Sendable {
    let attributes: Set<String>
    /// Whether a declared field is sensitive.
    let declared: [String: Bool]
    let sensitive: Set<String>
    let addressKeys: KeyRing
    let keys: KeyStore

    init(settings: Settings, addressKeys: KeyRing, keys: KeyStore) {
        attributes = Set(settings.attributes.keys)
        declared = settings.fields.mapValues(\.sensitive)
        sensitive = Set(settings.fields.filter(\.value.sensitive).keys)
        self.addressKeys = addressKeys
        self.keys = keys
    }
}

extension Fields: Aggregate {
    /// Settings and keys.
    public typealias Environment = VaultEnvironment
}

extension VaultEnvironment {
    /// The vault's part of what a message says of a contact: attributes are the consent service's.
    func edit(
        email: EmailAddress?, locale: String?, profile: [ContactChange.Entry]
    ) throws(Refusal) -> ContactEdit {
        var edit = ContactEdit(locale: locale)
        if let email {
            guard let hash = KeyedHash.address(email.text, with: addressKeys) else {
                throw Refusal(.invalidField, "must be an e-mail address", at: "/data/email")
            }
            edit.address = ContactEdit.Address(text: email.text, hash: Base64URL.encode(hash))
        }
        for entry in profile where !attributes.contains(entry.name) {
            guard let name = FieldName(entry.name) else {
                throw Refusal(
                    .invalidField, "must not begin with @ nor hold a control character",
                    at: "/data/profile/" + Reader.escaped(entry.name))
            }
            edit.fields.updateValue(entry.value?.scalarText, forKey: name)
        }
        return edit
    }
}
