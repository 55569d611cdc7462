/// A text for many; who gets it is in the mails, one per recipient, whatever is repeated (N4).
public struct Campaign: Sendable, Equatable {
    /// Names it; unique.
    public let name: String
    /// A hash of the content: the same name with another content is a conflict.
    public let contentHash: [UInt8]
    /// The content that a request brought; nil of a campaign as it is stored.
    public let requested: MailMessage.Content?

    /// A campaign as it is stored.
    public init(name: String, contentHash: [UInt8]) {
        self.name = name
        self.contentHash = contentHash
        requested = nil
    }

    /// As a request names it, for the first time or again; saving it notes when that was.
    public init(name: String, contentHash: [UInt8], requested: MailMessage.Content) {
        self.name = name
        self.contentHash = contentHash
        self.requested = requested
    }
}
