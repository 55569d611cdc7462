/// A field's value in a contact's state.
package enum FieldValue: Sendable, Equatable {
    /// As stored in the database: nonce, ciphertext and tag. Most decisions do not open it.
    case sealed([UInt8])
    /// Written by this batch; it is sealed when the batch is saved.
    case written(String)
}

/// A contact's data keys as stored in the key store, wrapped by the key-encryption key and thus not secret.
package struct WrappedKeys: Sendable, Equatable {
    /// The version of the key-encryption key that wraps all of them; nil: the contact has no row yet.
    package let version: Int?
    /// By field.
    package let keys: [FieldName: [UInt8]]

    /// The raw row, if it is invalid: it was tampered with, without the key file. Nil: the row is valid.
    package let garbled: Garbled?

    /// An invalid row. Keys that are still readable are used; the next write to the row repairs it.
    package struct Garbled: Sendable, Equatable {
        /// Its version.
        package let version: Int
        /// Its keys as the database returns them.
        package let text: String
        /// The keys are not a JSON object, so no key can be said to be missing.
        package let isWhole: Bool

        package init(version: Int, text: String, isWhole: Bool) {
            self.version = version
            self.text = text
            self.isWhole = isWhole
        }
    }

    /// A contact without keys.
    package static let none = WrappedKeys(version: nil, keys: [:])

    /// Creates keys from a row of the key store.
    package init(version: Int?, keys: [FieldName: [UInt8]], garbled: Garbled? = nil) {
        self.version = version
        self.keys = keys
        self.garbled = garbled
    }
}
