import Models

/// Maximum bytes of a name, as in the whole contract.
private let longestName = 128
/// The first character of reserved names, which are no profile keys.
private let reservedMark: Character = "@"

/// The name of a personal field, or a reserved name of the vault such as `@email`.
package struct FieldName: Sendable, Hashable, Comparable {
    /// The contact's address; only `contact.*` and `webform.submitted` change it, and no request returns it.
    package static let email = FieldName(stored: "@email")
    /// The contact's language tag.
    package static let locale = FieldName(stored: "@locale")

    /// Stands for all fields of a contact, in an order that locks the record (C4).
    package static let wholeRecord = FieldName(stored: FieldLockOrder.wholeRecord)

    package let text: String

    /// A field name from a message: 1 to 128 bytes without control characters, not beginning with `@`. The text is
    /// composed (Unicode NFC), so that equal names have equal bytes.
    package init?(_ spelled: String) {
        let text = spelled.composed
        guard (1...longestName).contains(text.utf8.count), text.first != reservedMark,
            text.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control })
        else { return nil }
        self.text = text
    }

    /// A name read from the database.
    package init(stored text: String) { self.text = text }

    /// Whether the name is reserved: such a field is neither read nor written by name.
    package var isReserved: Bool { text.first == reservedMark }

    /// Orders names by their text.
    package static func < (one: FieldName, other: FieldName) -> Bool { one.text < other.text }
}
