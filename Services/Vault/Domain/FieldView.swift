package import Models

/// A field as `vault.read` and `vault.export` show it, before its value is opened.
package struct FieldView: Sendable, Equatable {
    package let name: FieldName
    /// The stored value; nil: none.
    package let value: FieldValue?
    /// The mask of a sensitive field; nil: the value is shown whole (V4a).
    package let mask: Mask?
    /// A locked field is neither written nor revealed (C1).
    package let isLocked: Bool
    /// The contact's revocation cleared the value, and no value was stored since.
    package let isCleared: Bool

    /// The field with its opened value; nil if none is stored.
    package func shown(_ text: String?) -> JSON {
        let state: JSON = text != nil ? "stored" : isCleared ? "cleared" : "empty"
        let masked = text.map { mask?.masked($0) ?? $0 }
        return ["masked": .text(masked) ?? .null, "state": state, "locked": .bool(isLocked)]
    }
}

extension Fields {
    /// The requested fields, or all declared and stored fields, ordered by name.
    package func view(asked: [String]?, rules: FieldRules) throws(Refusal) -> [FieldView] {
        try requireCreated()
        let known = knownFields(rules)
        return view(try Fields.asked(asked, among: known)?.sorted() ?? known.sorted(), rules: rules)
    }

    /// These fields, with or without a stored value.
    package func view(_ names: [FieldName], rules: FieldRules) -> [FieldView] {
        names.map { name in
            FieldView(
                name: name, value: values[name], mask: rules.mask(of: name), isLocked: isLocked(name, rules),
                isCleared: locks[name]?.isCleared ?? false)
        }
    }

    /// All declared and all stored fields.
    package func knownFields(_ rules: FieldRules) -> Set<FieldName> {
        Set(rules.masks.keys).union(values.keys.filter { !$0.isReserved })
    }

    /// Parses a request's field names; an unknown one is refused.
    package static func asked(_ texts: [String]?, among known: Set<FieldName>) throws(Refusal) -> Set<FieldName>? {
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
