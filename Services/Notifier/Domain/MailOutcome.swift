/// How a mail's hand-over ended.
public struct MailOutcome: Sendable, Equatable {
    /// How it ended. Final, but for `unknown`.
    public enum Result: String, Sendable, CaseIterable {
        /// The mail server took it.
        case sent
        /// The gate refused it (N2), or its address has the campaign already (N4).
        case suppressed
        /// It cannot be delivered.
        case failed
        /// Its end may have been sent, and no answer is known; it is not sent again (N3).
        case unknown
    }

    /// The reason of a campaign's mail whose address got the campaign as another contact's (N4).
    public static let sameAddress = "same-address"
    /// The reason of a mail to a local part that is not ASCII, where the mail server cannot take one (RFC 6531).
    public static let needsSMTPUTF8 = "smtputf8-not-offered"

    /// How it ended.
    public let result: Result
    /// Why; a word of ours or a status, never an answer's text.
    public let reason: String?

    /// An outcome.
    public init(_ result: Result, _ reason: String? = nil) {
        self.result = result
        self.reason = reason
    }
}
