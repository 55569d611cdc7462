import Cryptography

/// What identifies, behind an entry's commitment.
public struct LedgerEvidence: Sendable, Equatable {
    /// Whose it is.
    public let contact: String?
    /// Random.
    public let salt: [UInt8]
    /// An object in the form of RFC 8785.
    public let content: String

    /// Base64 of SHA-256 over the salt's bytes and the content's.
    public var commitment: String { base64(Digest.sha256(salt + [UInt8](content.utf8))) }
}
