package import Models

/// The configuration's rules for fields and profile keys.
package struct FieldRules: Sendable, Equatable {
    /// A configuration that declares nothing.
    package static let none = FieldRules(masks: [:], attributes: [], lockedByDefault: [])

    /// The masks of the declared fields; nil: the field is not sensitive and is shown whole (V4a).
    package let masks: [FieldName: Mask?]
    /// Profile keys that the consent service stores.
    package let attributes: Set<String>
    /// Fields that are locked until the contact grants their use (C1).
    package let lockedByDefault: Set<FieldName>

    /// Rules.
    package init(masks: [FieldName: Mask?], attributes: Set<String>, lockedByDefault: Set<FieldName>) {
        self.masks = masks
        self.attributes = attributes
        self.lockedByDefault = lockedByDefault
    }

    /// The mask of a sensitive field; nil for any other field.
    package func mask(of name: FieldName) -> Mask? { masks[name] ?? nil }

    /// Whether the field is sensitive: encrypted, masked, and revealed only with a permission (V1).
    package func isSensitive(_ name: FieldName) -> Bool { mask(of: name) != nil }

    /// The declared field of this name. Throws a refusal for any other name, since only declared fields are stored
    /// (V7).
    package func field(_ text: String, at pointer: String) throws(Refusal) -> FieldName {
        guard let name = declared(text) else {
            let near = nearestName(to: text, among: masks.keys.lazy.map(\.text))
            let hint = near.map { "; did you mean `\($0)`?" } ?? ""
            throw Refusal(.invalidField, "is no field that the configuration declares" + hint, at: pointer)
        }
        return name
    }

    /// The field of this name; nil if the configuration does not declare it.
    package func declared(_ text: String) -> FieldName? {
        FieldName(text).flatMap { masks.keys.contains($0) ? $0 : nil }
    }
}
