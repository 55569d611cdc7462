/// The text of a mail sent to one contact; stored until the mail has ended (E3).
public struct MailText: Sendable, Equatable {
    /// Subject and body.
    public let content: MailMessage.Content
    /// The `Message-ID` of the mail that this one replies to.
    public let inReplyTo: String?

    /// A text.
    public init(content: MailMessage.Content, inReplyTo: String?) {
        self.content = content
        self.inReplyTo = inReplyTo
    }
}
