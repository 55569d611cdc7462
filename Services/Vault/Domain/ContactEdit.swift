public import Models

/// What a message wants the vault to keep of a contact.
public struct ContactEdit: Sendable, Equatable {
    /// Where mails go; nil: not named.
    public var address: Address?
    /// A language tag; nil: not named.
    public var locale: String?
    /// By name; nil: removed. Attributes are not among them, the consent service keeps those.
    public var fields: [FieldName: String?]

    /// An address with its keyed hashes, by which alone the suite compares addresses.
    public struct Address: Sendable, Equatable {
        /// In its one form.
        public let text: String
        /// Its hashes under each version of the key.
        public let hashes: AddressHashes

        /// An address.
        public init(text: String, hashes: AddressHashes) {
            self.text = text
            self.hashes = hashes
        }
    }

    /// An edit.
    public init(address: Address? = nil, locale: String? = nil, fields: [FieldName: String?] = [:]) {
        self.address = address
        self.locale = locale
        self.fields = fields
    }
}
