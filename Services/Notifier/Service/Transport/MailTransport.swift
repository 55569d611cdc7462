import FoundationEssentials
import NotifierDomain

/// Gives mails to whoever delivers them; each worker has one of its own and calls it on its thread, which it blocks.
protocol MailTransport: Sendable {
    /// Hands a mail over. With all of it but its end sent, `mayEnd` is asked, and the end is sent at once where it says
    /// yes; where it says no, nothing is delivered (X3).
    func handOver(_ message: MailMessage, id: UUID, mayEnd: @escaping () -> Bool) -> HandOverResult

    /// The process ends: breaks off what is not past its end. May be called on any thread.
    func stop()

    /// Ends the connection, on the worker's thread.
    func close()
}

/// What became of a hand-over.
enum HandOverResult: Sendable, Equatable {
    /// It was taken.
    case accepted
    /// `mayEnd` said no.
    case withheld
    /// Not taken now; the code is the mail server's, where it gave one.
    case temporary(code: Int?)
    /// Refused for good.
    case permanent(code: Int)
    /// The recipient's local part is not ASCII, and the mail server cannot take such a one (RFC 6531).
    case needsSMTPUTF8
    /// The end was sent and no answer came: nobody knows (N3).
    case unanswered
}
