public import Models

/// A request to reveal a field, as far as the contact does not matter.
public struct RevealAttempt: Sendable {
    let field: FieldName
    let missingPermission: Refusal?
    let mistake: Refusal?

    /// - Parameters:
    ///   - missingPermission: why the user may not reveal the field; nil: the user may.
    ///   - mistake: what is wrong with the request otherwise.
    public init(field: FieldName, missingPermission: Refusal?, mistake: Refusal?) {
        self.field = field
        self.missingPermission = missingPermission
        self.mistake = mistake
    }
}

extension Fields {
    /// Judges an attempt (V3) in this order: the permission, so that a user who may not ask learns nothing of the
    /// contact; the request; the contact's lock; what is stored, and whether it can be opened; last the user's limit,
    /// which counts released values alone.
    ///
    /// - Parameters:
    ///   - limit: values that a user may be shown in an hour.
    ///   - open: the value's text; nil where its key is gone.
    public func reveal(
        _ attempt: RevealAttempt, rules: FieldRules, hour: inout RevealHour, limit: Int,
        open: (FieldValue) throws(Refusal) -> String?
    ) throws(Refusal) -> String {
        guard rules.isSensitive(attempt.field) else {
            throw Refusal(.invalidField, "is no sensitive field: vault.read shows it", at: "/data/field")
        }
        if let refusal = attempt.missingPermission ?? attempt.mistake { throw refusal }
        try requireCreated()
        guard !isLocked(attempt.field, rules) else {
            throw Refusal(.locked, "the contact has not granted the use of this field", at: "/data/field")
        }
        guard let value = values[attempt.field], let text = try open(value) else {
            throw Refusal(.notFound, "nothing is stored", at: "/data/field")
        }
        guard hour.release(limit: limit) else {
            throw Refusal(.tooMany, "more reveals than a user may have in an hour")
        }
        return text
    }
}
