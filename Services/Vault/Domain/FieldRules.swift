public import Models

/// The configuration's rules for fields and profile keys.
public struct FieldRules: Sendable, Equatable {
    /// A configuration that declares nothing.
    public static let none = FieldRules(masks: [:], attributes: [], lockedByDefault: [])

    /// The masks of the declared fields; nil: the field is not sensitive and is shown whole (V4a).
    public let masks: [FieldName: Mask?]
    /// Profile keys that the consent service stores.
    public let attributes: Set<String>
    /// Fields that are locked until the contact grants their use (C1).
    public let lockedByDefault: Set<FieldName>

    /// Rules.
    public init(masks: [FieldName: Mask?], attributes: Set<String>, lockedByDefault: Set<FieldName>) {
        self.masks = masks
        self.attributes = attributes
        self.lockedByDefault = lockedByDefault
    }

    /// The mask of a sensitive field; nil for any other field.
    public func mask(of name: FieldName) -> Mask? { masks[name] ?? nil }

    /// Whether the field is sensitive: encrypted, masked, and revealed only with a permission (V1).
    public func isSensitive(_ name: FieldName) -> Bool { mask(of: name) != nil }

    /// The declared field of this name. Throws a refusal for any other name, since only declared fields are stored
    /// (V7).
    public func field(_ text: String, at pointer: String) throws(Refusal) -> FieldName {
        guard let name = declared(text) else {
            let near = nearestName(to: text, among: masks.keys.lazy.map(\.text))
            let hint = near.map { "; did you mean `\($0)`?" } ?? ""
            throw Refusal(.invalidField, "is no field that the configuration declares" + hint, at: pointer)
        }
        return name
    }

    /// The field of this name; nil if the configuration does not declare it.
    public func declared(_ text: String) -> FieldName? {
        FieldName(text).flatMap { masks.keys.contains($0) ? $0 : nil }
    }
}
