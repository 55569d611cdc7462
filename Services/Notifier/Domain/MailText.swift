/// The text of a mail that somebody sends to one contact; kept until the mail has ended (E3).
public struct MailText: Sendable, Equatable {
    /// What it says.
    public let content: MailMessage.Content
    /// The `Message-ID` that a reply answers.
    public let inReplyTo: String?

    /// A text.
    public init(content: MailMessage.Content, inReplyTo: String?) {
        self.content = content
        self.inReplyTo = inReplyTo
    }
}
