package import Models

/// One change of a contact's status, kept for years (O13).
package struct Change: Sendable, Equatable {
    /// The kind of actor that changed the status.
    package enum Actor: String, Sendable, CaseIterable { case contact, user, suite }

    /// The cause of the change.
    package enum Reason: String, Sendable, CaseIterable {
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
    package struct Evidence: Sendable, Equatable {
        /// The user's id, from a valid token.
        package var user: String?
        /// Name of the form.
        package var form: String?
        /// The sentence beside the form's checkbox.
        package var text: String?
        package var remoteAddress: String?
        package var userAgent: String?
        /// The press looked automatic, like a mail scanner's (P6).
        package var isSuspect: Bool

        /// Creates evidence; nil means unknown.
        package init(
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

    package let from: OptInStatus
    package let to: OptInStatus
    /// When it was decided.
    package let at: Timestamp
    /// The kind of actor.
    package let by: Actor
    package let reason: Reason
    /// The visitor's origin and the text shown.
    package let evidence: Evidence

    package init(
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
