/// The broker accounts of the suite's services, which are also their names.
package enum SuiteService: String, Sendable, CaseIterable {
    case consent, optin, vault, erasure, notifier

    /// The attribute `source` of the service's messages.
    package var source: String { "/assent/" + rawValue }
}
