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

    /// A contact without keys.
    public static let none = WrappedKeys(version: nil, keys: [:])

    /// A row of the key store.
    public init(version: Int?, keys: [FieldName: [UInt8]]) {
        self.version = version
        self.keys = keys
    }
}
