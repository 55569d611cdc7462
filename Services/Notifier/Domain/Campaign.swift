/// A text for many; who gets it is in the mails, one per recipient, whatever is repeated (N4).
public struct Campaign: Sendable, Equatable {
    /// Names it; unique.
    public let name: String
    /// A hash of the content: the same name with another content is a conflict.
    public let contentHash: [UInt8]
    /// The content of a new campaign; nil of a stored one.
    public let unsaved: MailMessage.Content?

    /// A campaign as it is stored.
    public init(name: String, contentHash: [UInt8]) {
        self.name = name
        self.contentHash = contentHash
        unsaved = nil
    }

    /// A new one.
    public init(name: String, contentHash: [UInt8], content: MailMessage.Content) {
        self.name = name
        self.contentHash = contentHash
        unsaved = content
    }
}
