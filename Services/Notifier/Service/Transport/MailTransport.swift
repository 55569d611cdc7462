import FoundationEssentials
import NotifierDomain

/// Delivers mails. Each worker has its own transport and calls it on the worker's thread, which it blocks.
protocol MailTransport: Sendable {
    /// Hands a mail over. After all of it but its end was sent, `mayEnd` is called; on true the end is sent at once, on
    /// false nothing is delivered (X3).
    func handOver(_ message: MailMessage, id: UUID, mayEnd: @escaping () -> Bool) -> HandOverResult

    /// Shutdown: aborts a mail whose end was not sent. May be called on any thread.
    func stop()

    /// Closes the connection; called on the worker's thread.
    func close()
}

/// The result of a hand-over.
enum HandOverResult: Sendable, Equatable {
    /// The mail server accepted the mail.
    case accepted
    /// `mayEnd` returned false.
    case withheld
    /// Not accepted now; the code is the mail server's, if it gave one.
    case temporary(code: Int?)
    /// Permanently refused.
    case permanent(code: Int)
    /// The recipient's local part is not ASCII, and the mail server does not offer SMTPUTF8 (RFC 6531).
    case needsSMTPUTF8
    /// The end was sent but no answer came: the outcome is unknown (N3).
    case unanswered
}
