package import Models

/// The changes that a message makes to a contact's fields.
package struct ContactEdit: Sendable, Equatable {
    /// The contact's e-mail address; nil: unchanged.
    package var address: Address?
    /// A language tag; nil: unchanged.
    package var locale: String?
    /// Values by name; nil removes a field. Attributes are left out, because the consent service stores them.
    package var fields: [FieldName: String?]

    /// An address with its keyed hashes; the suite compares addresses only by these hashes.
    package struct Address: Sendable, Equatable {
        /// In normalised form.
        package let text: String
        /// Its hashes under each version of the key.
        package let hashes: AddressHashes

        package init(text: String, hashes: AddressHashes) {
            self.text = text
            self.hashes = hashes
        }
    }

    package init(address: Address? = nil, locale: String? = nil, fields: [FieldName: String?] = [:]) {
        self.address = address
        self.locale = locale
        self.fields = fields
    }
}
