public import Models

/// One change of a contact's status, kept for years (O13).
public struct Change: Sendable, Equatable {
    /// Who changed it.
    public enum Actor: String, Sendable, CaseIterable { case contact, user, suite }

    /// How.
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
        /// Another service remembered what this one's database had lost (X5).
        case recovered
    }

    /// Who it was, as far as that is known, and which text was shown.
    public struct Evidence: Sendable, Equatable {
        /// The user's id, from a valid token.
        public var user: String?
        /// Name of the form.
        public var form: String?
        /// The sentence beside the box.
        public var text: String?
        /// The visitor's address.
        public var remoteAddress: String?
        /// The visitor's browser.
        public var userAgent: String?
        /// It looked automatic, as what a scanner does to a link (P6).
        public var isSuspect: Bool

        /// Evidence; nil is what is not known.
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

    /// Before.
    public let from: OptInStatus
    /// After.
    public let to: OptInStatus
    /// When.
    public let at: Timestamp
    /// Who.
    public let by: Actor
    /// How.
    public let reason: Reason
    /// From where, under which text.
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
