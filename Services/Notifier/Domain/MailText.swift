/// The text of a mail sent to one contact; stored until the mail has ended (E3).
package struct MailText: Sendable, Equatable {
    /// Subject and body.
    package let content: MailMessage.Content
    /// The `Message-ID` of the mail that this one replies to.
    package let inReplyTo: String?

    package init(content: MailMessage.Content, inReplyTo: String?) {
        self.content = content
        self.inReplyTo = inReplyTo
    }
}
