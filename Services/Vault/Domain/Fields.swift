public import Models

/// Fields of one contact; all of them are loaded with each batch that names the contact.
private let mostFields = 200

/// What the vault knows of one contact: who they are (E3).
///
/// ### Legal transitions
/// unknown → created, by the first message that brings an address; created → erased, for good.
public struct Fields: Sendable, Equatable {
    /// Nothing is known.
    public static let unknown = Fields(isCreated: false, isErased: false, addressHash: nil, values: [:], keys: .none)

    /// A message brought an address once.
    public private(set) var isCreated: Bool
    /// Never filled again.
    public let isErased: Bool
    /// The keyed hash of the address that the contact has, base64url.
    public private(set) var addressHash: String?
    /// What is stored, address and locale under their reserved names.
    public private(set) var values: [FieldName: FieldValue]
    /// As the key store held them when the batch began.
    public let keys: WrappedKeys
    /// What this batch takes away.
    public private(set) var removed: Set<FieldName> = []
    /// The changes of the address that this batch makes, in order.
    public private(set) var addressChanges: [AddressChange] = []

    /// Who gave the contact another address (O12).
    public struct AddressChange: Sendable, Equatable {
        /// When it was decided.
        public let at: Timestamp
        /// The publishing account.
        public let account: String
        /// The new address's keyed hash.
        public let addressHash: String
    }

    /// A state as it is stored.
    public init(
        isCreated: Bool, isErased: Bool, addressHash: String?, values: [FieldName: FieldValue], keys: WrappedKeys
    ) {
        self.isCreated = isCreated
        self.isErased = isErased
        self.addressHash = addressHash
        self.values = values
        self.keys = keys
    }

    /// `contact.created`: as an update, but an address belongs to it.
    public mutating func create(_ edit: ContactEdit, by account: String, at now: Timestamp) throws(Refusal) {
        guard isErased || edit.address != nil else {
            throw Refusal(.invalidField, "is required", at: "/data/email")
        }
        try update(edit, by: account, at: now)
    }

    /// `contact.updated`: merged into what is there.
    public mutating func update(_ edit: ContactEdit, by account: String, at now: Timestamp) throws(Refusal) {
        try requireNotErased()
        guard isCreated || edit.address != nil else {
            throw Refusal(.unknownContact, "the contact was never created, and no email comes")
        }
        if let address = edit.address {
            if address.hash != addressHash {
                addressChanges.append(AddressChange(at: now, account: account, addressHash: address.hash))
            }
            addressHash = address.hash
            set(.email, to: address.text)
        }
        if let locale = edit.locale { set(.locale, to: locale) }
        for (name, value) in edit.fields { set(name, to: value) }
        isCreated = true
        guard values.keys.count(where: { !$0.isReserved }) <= mostFields else {
            throw Refusal(.tooLarge, "the contact would have more than \(mostFields) fields", at: "/data/profile")
        }
    }

    /// `webform.submitted`: anybody can send a form, so of a known contact it changes nothing.
    public mutating func submit(_ edit: ContactEdit, by account: String, at now: Timestamp) throws(Refusal) {
        try requireNotErased()
        guard isCreated else { return try update(edit, by: account, at: now) }
        guard edit.address?.hash == addressHash else {
            throw Refusal(.conflict, "the contact has another address", at: "/data/email")
        }
    }

    /// Every request about an erased contact is refused.
    public func requireNotErased() throws(Refusal) {
        if isErased { throw Refusal(.erased, "the contact was erased") }
    }

    private mutating func set(_ name: FieldName, to value: String?) {
        if let value {
            values[name] = .written(value)
            removed.remove(name)
        } else if values.removeValue(forKey: name) != nil {
            removed.insert(name)
        }
    }
}
