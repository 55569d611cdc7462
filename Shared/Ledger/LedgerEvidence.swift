import Cryptography
public import Models

/// What identifies, behind an entry's commitment.
public struct LedgerEvidence: Sendable, Equatable {
    /// Whose it is.
    public let contact: String?
    /// Random.
    public let salt: [UInt8]
    /// An object in the form of RFC 8785.
    public let content: String

    /// Evidence as it is stored.
    public init(contact: String?, salt: [UInt8], content: String) {
        self.contact = contact
        self.salt = salt
        self.content = content
    }

    /// What it says, if it is what the entry that says `statement` commits to, and about the contact that its row
    /// names. Anything else was put there by hand.
    public func opened(by statement: JSON?) -> JSON? {
        guard statement?[LedgerEntry.commitmentMember]?.text == commitment,
            let content = try? JSON(parsing: [UInt8](content.utf8)), content["contact"]?.text == contact
        else { return nil }
        return content
    }

    /// Base64 of SHA-256 over the salt's bytes and the content's.
    public var commitment: String { base64(Digest.sha256(salt + [UInt8](content.utf8))) }
}
