/// Types of the questions that a service sends when its database may have lost its last commits (X5).
package enum RecallType {
    /// Consent → vault: the orders about fields that are in force.
    package static let fieldLocks = "internal.field-locks"
    /// Vault → consent: the orders about fields that the vault had answered.
    package static let fieldOrders = "internal.field-orders"
    /// Opt-in → consent: the statuses that opt-in had published. A stricter one than its own, mainly an opt-out, is
    /// restored.
    package static let optOuts = "internal.opt-outs"
    /// Consent → opt-in: the statuses and lists that opt-in's facts had published.
    package static let optInTold = "internal.opt-in-told"
    /// Consent → erasure: the orders about requests for an erasure or a copy that are in force.
    package static let rightsRequests = "internal.rights-requests"
    /// Erasure → consent: the orders about such requests that the erasure service had answered.
    package static let rightsOrders = "internal.rights-orders"
    /// Opt-in → consent: the orders about e-mail that opt-in had answered, and the stricter ones under way.
    package static let emailOrders = "internal.email-orders"
    /// Consent → opt-in: the orders about e-mail that are in force.
    package static let followedEmailOrders = "internal.followed-email-orders"
}
