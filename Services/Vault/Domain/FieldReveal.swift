public import Models

extension Fields {
    /// What is stored of a sensitive field that may be revealed.
    public func revealable(_ name: FieldName, rules: FieldRules) throws(Refusal) -> FieldValue {
        try requireCreated()
        guard !isLocked(name, rules) else {
            throw Refusal(.locked, "the contact has not granted the use of this field", at: "/data/field")
        }
        guard let value = values[name] else { throw Self.nothingStored }
        return value
    }

    /// Nothing is stored, or its key is gone.
    public static var nothingStored: Refusal { Refusal(.notFound, "nothing is stored", at: "/data/field") }
}
