public import FoundationEssentials
public import Models

/// `internal.mail-handed`, notifier → notifier, subject = the contact: how a mail's hand-over ended.
public struct MailOutcome: Sendable, Equatable {
    /// Routing key.
    public static let type = "internal.mail-handed"

    /// How it ended; final.
    public enum Result: String, Sendable, CaseIterable {
        /// The mail server took it.
        case sent
        /// The gate refused it (N2).
        case suppressed
        /// It cannot be delivered.
        case failed
        /// Its end may have been sent, and no answer is known; it is not sent again (N3).
        case unknown
    }

    /// The mail.
    public let mail: UUID
    /// How it ended.
    public let result: Result
    /// Why; a word of ours or a status, never an answer's text.
    public let reason: String?

    /// An outcome.
    public init(mail: UUID, result: Result, reason: String? = nil) {
        self.mail = mail
        self.result = result
        self.reason = reason
    }

    /// From `data`.
    public init(reading data: Reader) throws(Refusal) {
        mail = try data.uuid("mail")
        result = try data.choice("outcome")
        reason = try data.optionalText("reason", limit: 64)
    }

    /// As `data`.
    public var json: JSON {
        JSON(present: [
            "mail": .string(mail.text), "outcome": .string(result.rawValue), "reason": .text(reason),
        ])
    }
}
