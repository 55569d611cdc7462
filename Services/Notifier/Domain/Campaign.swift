/// A text for many recipients. Each recipient has one mail, even if requests are repeated (N4).
package struct Campaign: Sendable, Equatable {
    /// The campaign's unique name.
    package let name: String
    /// A hash of the content: the same name with a different content is a conflict.
    package let contentHash: [UInt8]
    /// The content of a request; nil for a stored campaign.
    package let requested: MailMessage.Content?

    package init(name: String, contentHash: [UInt8]) {
        self.name = name
        self.contentHash = contentHash
        requested = nil
    }

    /// A campaign named by a request, for the first time or again; saving it stores the time.
    package init(name: String, contentHash: [UInt8], requested: MailMessage.Content) {
        self.name = name
        self.contentHash = contentHash
        self.requested = requested
    }
}
