public import Models

/// What `vault.read` shows of a field, before anything is opened.
public struct FieldView: Sendable, Equatable {
    /// The field.
    public let name: FieldName
    /// What is stored; nil: empty.
    public let value: FieldValue?
    /// Its value is never shown whole.
    public let isSensitive: Bool
}

extension Fields {
    /// The fields that were asked for, or all that are declared or stored, in the order of their names; `declared` says
    /// of each whether it is sensitive.
    public func view(asked: [String]?, declared: [String: Bool]) throws(Refusal) -> [FieldView] {
        try requireNotErased()
        guard isCreated else { throw Refusal(.unknownContact, "the contact was never created") }
        let stored = values.keys.filter { !$0.isReserved }
        let known = Set(stored).union(declared.keys.compactMap { FieldName($0) })
        var names = known
        if let asked {
            names = []
            for (index, text) in asked.enumerated() {
                guard let name = FieldName(text), known.contains(name) else {
                    throw Refusal(.invalidField, "is no field", at: "/data/fields/\(index)")
                }
                names.insert(name)
            }
        }
        return names.sorted().map { name in
            FieldView(name: name, value: values[name], isSensitive: declared[name.text] ?? false)
        }
    }
}
