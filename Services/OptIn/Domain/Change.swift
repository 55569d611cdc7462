public import Models

/// One change of a contact's status, kept for years (O13).
public struct Change: Sendable, Equatable {
    /// The kind of actor that changed the status.
    public enum Actor: String, Sendable, CaseIterable { case contact, user, suite }

    /// The cause of the change.
    public enum Reason: String, Sendable, CaseIterable {
        case webForm = "web-form"
        case confirmed
        case page
        case oneClick = "one-click"
        case declined
        case stopProcessing = "stop-processing"
        case user
        case importing = "import"
        case addressChanged = "address-changed"
        case addressOptedOut = "address-opted-out"
        /// Restored from another service after this service's database lost it (X5).
        case recovered
    }

    /// Evidence of a change: the visitor or user as far as known, and the text shown.
    public struct Evidence: Sendable, Equatable {
        /// The user's id, from a valid token.
        public var user: String?
        /// Name of the form.
        public var form: String?
        /// The sentence beside the form's checkbox.
        public var text: String?
        /// The visitor's address.
        public var remoteAddress: String?
        /// The visitor's browser.
        public var userAgent: String?
        /// The press looked automatic, like a mail scanner's (P6).
        public var isSuspect: Bool

        /// Creates evidence; nil means unknown.
        public init(
            user: String? = nil, form: String? = nil, text: String? = nil, remoteAddress: String? = nil,
            userAgent: String? = nil, isSuspect: Bool = false
        ) {
            self.user = user
            self.isSuspect = isSuspect
            self.form = form
            self.text = text
            self.remoteAddress = remoteAddress
            self.userAgent = userAgent
        }
    }

    /// The status before.
    public let from: OptInStatus
    /// The status after.
    public let to: OptInStatus
    /// When it was decided.
    public let at: Timestamp
    /// The kind of actor.
    public let by: Actor
    /// The cause.
    public let reason: Reason
    /// The visitor's origin and the text shown.
    public let evidence: Evidence

    /// A change.
    public init(
        from: OptInStatus, to: OptInStatus, at: Timestamp, by: Actor, reason: Reason, evidence: Evidence = Evidence()
    ) {
        self.from = from
        self.to = to
        self.at = at
        self.by = by
        self.reason = reason
        self.evidence = evidence
    }
}
