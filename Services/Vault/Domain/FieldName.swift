import Models

/// Bytes of a name, as of every name of the contract.
private let longestName = 128
/// What begins with it is the vault's own and no profile key.
private let reservedMark: Character = "@"

/// The name of a personal field, or of what the vault keeps in the same way beside them.
public struct FieldName: Sendable, Hashable, Comparable {
    /// The contact's address; changed by `contact.*` and `webform.submitted` alone, returned by no request.
    public static let email = FieldName(stored: "@email")
    /// The contact's language tag.
    public static let locale = FieldName(stored: "@locale")

    /// The name's text.
    public let text: String

    /// A field that others may name: 1 to 128 bytes without control characters, not beginning with `@`; composed, so
    /// that its bytes are the same however it was spelled.
    public init?(_ spelled: String) {
        let text = spelled.composed
        guard (1...longestName).contains(text.utf8.count), text.first != reservedMark,
            text.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control })
        else { return nil }
        self.text = text
    }

    /// A name as it stands in the database.
    public init(stored text: String) { self.text = text }

    /// The vault's own: neither read nor written by name.
    public var isReserved: Bool { text.first == reservedMark }

    /// By the text.
    public static func < (one: FieldName, other: FieldName) -> Bool { one.text < other.text }
}
