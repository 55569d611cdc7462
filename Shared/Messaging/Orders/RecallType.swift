/// Types of the questions that a service asks when its database may have lost its last commits (X5).
public enum RecallType {
    /// Consent → vault: orders about fields that are in force.
    public static let fieldLocks = "internal.field-locks"
    /// Vault → consent: what it had answered about fields.
    public static let fieldOrders = "internal.field-orders"
    /// Opt-in → consent: statuses that it had told; what is weaker than its own, an opt-out above all, holds again.
    public static let optOuts = "internal.opt-outs"
    /// Consent → opt-in: statuses and lists, as opt-in's facts told them.
    public static let optInTold = "internal.opt-in-told"
}
