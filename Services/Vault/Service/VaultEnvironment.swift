import Cryptography
import Keys
import LedgerService
import Messaging
import Models
import PostgreSQL
import ServiceKit
import Settings
package import VaultDomain

/// Settings, keys and stores that the vault's handlers need besides the message.
package struct VaultEnvironment: Sendable {
    let rules: FieldRules
    let sensitive: SensitiveNames
    let leftOut: LeftOut
    let revealsPerHour: Int
    let addressKeys: AddressKeys
    let keys: KeyStore
    let sealing: SealingKeys
    let find: FindIndex
    /// Keys and index for questions; `keys` and `find` are for batches and background work.
    let questions: VaultQuestions
    /// The keys for `internal.resolve`, on connections of their own, so that other questions cannot delay mails.
    let resolving: KeyStore
    /// The ledger for questions; nil in tests that do not need it.
    var ledger: ServiceLedger?

    /// `questions`, `resolving`: pools of the key store for answering questions; nil: the pool of `keys`.
    init(
        settings: Settings, addressKeys: AddressKeys, keys: KeyStore, questions: Pool? = nil, resolving: Pool? = nil
    ) {
        rules = FieldRules(settings)
        find = FindIndex(rules: rules, pool: keys.pool, ring: keys.ring)
        self.questions = VaultQuestions(pool: questions ?? keys.pool, ring: keys.ring, rules: rules)
        self.resolving = KeyStore(pool: resolving ?? keys.pool, ring: keys.ring)
        sensitive = settings.sensitiveNames
        leftOut = LeftOut(settings)
        revealsPerHour = settings.revealsPerHour
        self.addressKeys = addressKeys
        self.keys = keys
        sealing = SealingKeys(store: SealingKeyStore(pool: keys.pool, keys: keys.ring))
    }
}

extension FieldRules {
    init(_ settings: Settings) {
        let masks = settings.fields.map { name, field -> (FieldName, Mask?) in
            (FieldName(stored: name), field.sensitive ? Mask(field.mask) : nil)
        }
        let locked = settings.consents.compactMap { consent -> FieldName? in
            guard case .field(let name) = consent.kind, consent.standard == .refused else { return nil }
            return FieldName(stored: name)
        }
        self.init(
            masks: Dictionary(uniqueKeysWithValues: masks), attributes: Set(settings.attributes.keys),
            lockedByDefault: Set(locked))
    }
}

extension Mask {
    fileprivate init(_ mask: Settings.Mask?) {
        switch mask {
        case .first(let count): self = .first(count)
        case .last(let count): self = .last(count)
        case nil: self = .hidden
        }
    }
}

extension Fields: Aggregate {
    /// Settings and keys.
    package typealias Environment = VaultEnvironment
    /// A contact's own state names no shared records.
    package var sharedKeys: [String] { [] }
}

extension VaultEnvironment {
    /// The vault's part of a message's contact data. Attributes are left out, since the consent service stores them,
    /// and so are undeclared fields (V7).
    func edit(
        email: EmailAddress?, locale: String?, profile: [ContactChange.Entry]
    ) throws(Refusal) -> ContactEdit {
        var edit = ContactEdit(locale: locale)
        if let email {
            edit.address = ContactEdit.Address(text: email.text, hashes: addressKeys.hashes(of: email))
        }
        for entry in profile where !rules.attributes.contains(entry.name) {
            guard let name = rules.declared(entry.name) else { continue }
            edit.fields.updateValue(entry.value?.scalarText, forKey: name)
        }
        return edit
    }
}
