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

    /// A name that is none of these is an ordinary field, declared or not (contract section 2).
    public func field(_ text: String, at pointer: String) throws(Refusal) -> FieldName {
        guard let name = FieldName(text), !attributes.contains(text), !reservedKeys.contains(text) else {
            throw Refusal(.invalidField, "is no field", at: pointer)
        }
        return name
    }
}

/// Neither attribute nor field: the address changes by `contact.*` alone (contract section 2).
private let reservedKeys: Set<String> = ["email", "locale", "id"]
