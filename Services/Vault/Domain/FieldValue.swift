/// A field's value in a contact's state.
public enum FieldValue: Sendable, Equatable {
    /// As it stands in the database: nonce, ciphertext and tag. A decision never needs to open it.
    case sealed([UInt8])
    /// Written by this batch, sealed when it is saved.
    case written(String)
}

/// A contact's data keys as their row in the key store holds them: wrapped, so that they are no secret here.
public struct WrappedKeys: Sendable, Equatable {
    /// The version of the key-encryption key that wraps all of them; nil: the contact has no row yet.
    public let version: Int?
    /// By field.
    public let keys: [FieldName: [UInt8]]

    /// The row as it stands, where nobody who has the key file wrote it so; nil: it is sound.
    public let garbled: Garbled?

    /// A row that was changed by hand. What can still be read of it is read; who writes there next mends it.
    public struct Garbled: Sendable, Equatable {
        /// Its version.
        public let version: Int
        /// Its keys, as the database shows them.
        public let text: String
        /// They are no keys by name at all, so that none can be said to be gone.
        public let isWhole: Bool

        /// A row.
        public init(version: Int, text: String, isWhole: Bool) {
            self.version = version
            self.text = text
            self.isWhole = isWhole
        }
    }

    /// A contact without keys.
    public static let none = WrappedKeys(version: nil, keys: [:])

    /// A row of the key store.
    public init(version: Int?, keys: [FieldName: [UInt8]], garbled: Garbled? = nil) {
        self.version = version
        self.keys = keys
        self.garbled = garbled
    }
}
