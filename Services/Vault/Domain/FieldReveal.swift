package import Models

/// The parts of a reveal request that do not depend on the contact.
package struct RevealAttempt: Sendable {
    let field: FieldName
    let missingPermission: Refusal?
    let mistake: Refusal?

    /// - Parameters:
    ///   - missingPermission: why the user may not reveal the field; nil: the user may.
    ///   - mistake: another error in the request; nil: none.
    package init(field: FieldName, missingPermission: Refusal?, mistake: Refusal?) {
        self.field = field
        self.missingPermission = missingPermission
        self.mistake = mistake
    }
}

extension Fields {
    /// Checks an attempt (V3) in this order: the permission first, so that a user without it learns nothing about the
    /// contact; the request; the contact's lock; whether a value is stored and opens; last the user's hourly limit,
    /// which counts only released values.
    ///
    /// - Parameters:
    ///   - limit: maximum values released to a user in an hour.
    ///   - open: decrypts the value; nil if its key is gone.
    package func reveal(
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
