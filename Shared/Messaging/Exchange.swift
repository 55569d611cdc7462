/// The four topic exchanges of the contract (section 1).
public enum Exchange: String, Sendable, CaseIterable {
    /// What happened to contacts; other services publish here.
    case contacts
    /// What somebody wants done or known.
    case requests
    /// What is now true; the suite alone publishes.
    case facts
    /// What the suite's services ask and tell each other.
    case `internal`

    /// Only the suite's own accounts may have published here.
    public var isSuiteOnly: Bool { self == .facts || self == .internal }
}
