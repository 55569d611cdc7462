public import Models

/// What the configuration says of fields and profile keys.
public struct FieldRules: Sendable, Equatable {
    /// A configuration that declares nothing.
    public static let none = FieldRules(masks: [:], attributes: [], lockedByDefault: [])

    /// The declared fields; nil: one that is not sensitive, shown whole (V4a).
    public let masks: [FieldName: Mask?]
    /// Profile keys that the consent service keeps.
    public let attributes: Set<String>
    /// Fields whose use the contact has to grant first (C1).
    public let lockedByDefault: Set<FieldName>

    /// Rules.
    public init(masks: [FieldName: Mask?], attributes: Set<String>, lockedByDefault: Set<FieldName>) {
        self.masks = masks
        self.attributes = attributes
        self.lockedByDefault = lockedByDefault
    }

    /// What stays visible of a sensitive field; nil of any other.
    public func mask(of name: FieldName) -> Mask? { masks[name] ?? nil }

    /// Encrypted, masked, revealed by permission only (V1).
    public func isSensitive(_ name: FieldName) -> Bool { mask(of: name) != nil }

    /// A field that the configuration declares; nothing else is kept (V7).
    public func field(_ text: String, at pointer: String) throws(Refusal) -> FieldName {
        guard let name = declared(text) else {
            let near = nearestName(to: text, among: masks.keys.lazy.map(\.text))
            let hint = near.map { "; did you mean `\($0)`?" } ?? ""
            throw Refusal(.invalidField, "is no field that the configuration declares" + hint, at: pointer)
        }
        return name
    }

    /// The field of this name; nil where the configuration declares none.
    public func declared(_ text: String) -> FieldName? {
        FieldName(text).flatMap { masks.keys.contains($0) ? $0 : nil }
    }
}
