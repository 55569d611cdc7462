/// The four topic exchanges of the contract (section 1).
package enum Exchange: String, Sendable, CaseIterable {
    /// Events about contacts; other services publish them.
    case contacts
    /// Requests and questions to the suite.
    case requests
    /// Facts about contacts; only the suite publishes them.
    case facts
    /// Messages between the suite's services.
    case `internal`

    /// Whether only the suite's accounts may publish to it.
    package var isSuiteOnly: Bool { self == .facts || self == .internal }
}
