/// The outcome of a mail's hand-over.
public struct MailOutcome: Sendable, Equatable {
    /// The result. It is final, except `unknown`.
    public enum Result: String, Sendable, CaseIterable {
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
    public static let sameAddress = "same-address"
    /// The reason for a mail with a non-ASCII local part that the mail server cannot accept (RFC 6531).
    public static let needsSMTPUTF8 = "smtputf8-not-offered"

    /// The result.
    public let result: Result
    /// The reason: a constant or a status code, never the text of a mail server's answer.
    public let reason: String?

    /// An outcome.
    public init(_ result: Result, _ reason: String? = nil) {
        self.result = result
        self.reason = reason
    }
}
