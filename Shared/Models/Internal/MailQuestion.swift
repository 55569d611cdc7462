public import FoundationEssentials

/// `internal.mail-contact`, web → notifier: whose mail it was that a one-click link stood in.
///
/// Answered `{"contact"}`; a mail that is not known, or whose contact is erased, is `not-found`.
public struct MailQuestion: Sendable {
    /// Routing key.
    public static let type = "internal.mail-contact"
    /// The mail.
    public let mail: UUID

    /// A question.
    public init(mail: UUID) { self.mail = mail }
    /// From `data`.
    public init(reading data: Reader) throws(Refusal) { mail = try data.uuid("mail") }
    /// As `data`.
    public var json: JSON { ["mail": .string(mail.text)] }
}
