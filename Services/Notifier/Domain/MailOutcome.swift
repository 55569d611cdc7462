/// The outcome of a mail's hand-over.
package struct MailOutcome: Sendable, Equatable {
    /// The result. It is final, except `unknown`.
    package enum Result: String, Sendable, CaseIterable {
        /// The mail server accepted the mail.
        case sent
        /// The gate refused the mail (N2), or its address already got the campaign (N4).
        case suppressed
        /// The mail cannot be delivered.
        case failed
        /// The end of the mail's data may have been sent, but no answer is known; it is not sent again (N3).
        case unknown
    }

    /// The reason for a campaign's mail whose address got the campaign through another contact (N4).
    package static let sameAddress = "same-address"
    /// The reason for a mail with a non-ASCII local part that the mail server cannot accept (RFC 6531).
    package static let needsSMTPUTF8 = "smtputf8-not-offered"

    package let result: Result
    /// The reason: a constant or a status code, never the text of a mail server's answer.
    package let reason: String?

    package init(_ result: Result, _ reason: String? = nil) {
        self.result = result
        self.reason = reason
    }
}
