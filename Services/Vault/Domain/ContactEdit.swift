public import Models

/// The changes that a message makes to a contact's fields.
public struct ContactEdit: Sendable, Equatable {
    /// The contact's e-mail address; nil: unchanged.
    public var address: Address?
    /// A language tag; nil: unchanged.
    public var locale: String?
    /// Values by name; nil removes a field. Attributes are left out, because the consent service stores them.
    public var fields: [FieldName: String?]

    /// An address with its keyed hashes; the suite compares addresses only by these hashes.
    public struct Address: Sendable, Equatable {
        /// In normalised form.
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
