/// A key to verify Ed25519 signatures by (RFC 8032).
package struct Ed25519PublicKey: Sendable {
    /// The 32 bytes of RFC 8032.
    package let bytes: [UInt8]
    private let handle: Ed25519Handle

    /// Reads the 32 bytes of RFC 8032. A point that is not on the curve is accepted, but no signature is valid under
    /// it.
    package init(_ bytes: [UInt8]) throws(CryptographyError) {
        guard let handle = Ed25519Handle(publicKey: bytes) else { throw .invalidKey }
        self.handle = handle
        self.bytes = bytes
    }

    init(pair handle: Ed25519Handle) {
        self.handle = handle
        bytes = handle.publicKey
    }

    /// Whether this key made `signature` over exactly this message.
    package func isValid(_ signature: [UInt8], for message: [UInt8]) -> Bool {
        handle.isValid(signature, for: message)
    }

    /// The RFC 7638 thumbprint of the key's JWK (RFC 8037 appendix A.3): the `kid` of its signatures.
    package var thumbprint: String {
        Base64URL.encode(Digest.sha256([UInt8](#"{"crv":"Ed25519","kty":"OKP","x":"\#(x)"}"#.utf8)))
    }

    /// The key's JWK (RFC 8037) as JSON text, to be published.
    package var jwk: String {
        #"{"kty":"OKP","crv":"Ed25519","use":"sig","alg":"EdDSA","kid":"\#(thumbprint)","x":"\#(x)"}"#
    }

    private var x: String { Base64URL.encode(bytes) }
}

extension Ed25519PublicKey: Hashable {
    /// Equal where the bytes are.
    package static func == (one: Ed25519PublicKey, other: Ed25519PublicKey) -> Bool { one.bytes == other.bytes }

    /// Hashes the bytes.
    package func hash(into hasher: inout Hasher) { hasher.combine(bytes) }
}
