public import Models

/// What `vault.read` and `vault.export` show of a field, before anything is opened.
public struct FieldView: Sendable, Equatable {
    /// The field.
    public let name: FieldName
    /// What is stored; nil: nothing.
    public let value: FieldValue?
    /// What is shown of a sensitive value; nil: it stands whole (V4a).
    public let mask: Mask?
    /// Nobody writes or reveals it (C1).
    public let isLocked: Bool
    /// The contact's revocation cleared it, and nothing was stored since.
    public let isCleared: Bool

    /// The field with what stands in it, opened; nil where nothing does.
    public func shown(_ text: String?) -> JSON {
        let state: JSON = text != nil ? "stored" : isCleared ? "cleared" : "empty"
        let masked = text.map { mask?.masked($0) ?? $0 }
        return ["masked": .text(masked) ?? .null, "state": state, "locked": .bool(isLocked)]
    }
}

extension Fields {
    /// The fields that were asked for, or all that are declared or stored, in the order of their names.
    public func view(asked: [String]?, rules: FieldRules) throws(Refusal) -> [FieldView] {
        try requireCreated()
        let known = knownFields(rules)
        return view(try Fields.asked(asked, among: known)?.sorted() ?? known.sorted(), rules: rules)
    }

    /// These fields, whether or not anything is stored.
    public func view(_ names: [FieldName], rules: FieldRules) -> [FieldView] {
        names.map { name in
            FieldView(
                name: name, value: values[name], mask: rules.mask(of: name), isLocked: isLocked(name, rules),
                isCleared: locks[name]?.isCleared ?? false)
        }
    }

    /// What is declared or stored.
    public func knownFields(_ rules: FieldRules) -> Set<FieldName> {
        Set(rules.masks.keys).union(values.keys.filter { !$0.isReserved })
    }

    /// Names of a request; one that is not known is a mistake.
    public static func asked(_ texts: [String]?, among known: Set<FieldName>) throws(Refusal) -> Set<FieldName>? {
        guard let texts else { return nil }
        var names: Set<FieldName> = []
        for (index, text) in texts.enumerated() {
            guard let name = FieldName(text), known.contains(name) else {
                throw Refusal(.invalidField, "is no field", at: "/data/fields/\(index)")
            }
            names.insert(name)
        }
        return names
    }
}
