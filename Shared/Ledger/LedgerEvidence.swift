import Cryptography
package import Models

/// The personal data behind an entry's commitment.
package struct LedgerEvidence: Sendable, Equatable {
    /// The contact that it is about.
    package let contact: String?
    /// Random.
    package let salt: [UInt8]
    /// An object in the form of RFC 8785.
    package let content: String

    /// Evidence as it is stored.
    package init(contact: String?, salt: [UInt8], content: String) {
        self.contact = contact
        self.salt = salt
        self.content = content
    }

    /// The content, if it matches the commitment in `statement` and names the contact of its row; nil for a row that
    /// was changed by hand.
    package func opened(by statement: JSON?) -> JSON? {
        guard statement?[LedgerEntry.commitmentMember]?.text == commitment,
            let content = try? JSON(parsing: [UInt8](content.utf8)), content["contact"]?.text == contact
        else { return nil }
        return content
    }

    /// Base64 of SHA-256 over the salt's bytes and the content's.
    package var commitment: String { base64(Digest.sha256(salt + [UInt8](content.utf8))) }
}
