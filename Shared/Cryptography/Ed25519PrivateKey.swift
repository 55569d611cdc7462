/// A key to sign by (Ed25519, RFC 8032); hidden from descriptions, cleansed after use.
package struct Ed25519PrivateKey: Sendable {
    /// The half to publish.
    package let publicKey: Ed25519PublicKey
    private let handle: Ed25519Handle

    /// The key of a seed of 32 bytes.
    package init(seed: [UInt8]) throws(CryptographyError) {
        guard let handle = Ed25519Handle(seed: seed) else { throw .invalidKey }
        self.handle = handle
        publicKey = Ed25519PublicKey(pair: handle)
    }

    /// The signature of `message`, 64 bytes; the same each time.
    package func signature(of message: [UInt8]) -> [UInt8] { handle.sign(message) }
}
