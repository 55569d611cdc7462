/// The private half of a sealing key (P-256); hidden from descriptions, cleansed after use.
package struct PrivateSealingKey: Sendable {
    /// The length of `bytes`.
    package static let length = P256Handle.coordinateLength

    /// The half to publish.
    package let publicKey: PublicSealingKey

    let handle: P256Handle

    private init(handle: P256Handle) {
        self.handle = handle
        publicKey = PublicSealingKey(handle: handle)
    }

    /// A new random key.
    package static func generate() -> PrivateSealingKey {
        PrivateSealingKey(handle: .generate())
    }

    /// Reads the scalar that `bytes` gave; refuses other lengths, zero, and a number not below the group's order.
    package init(_ bytes: [UInt8]) throws(CryptographyError) {
        guard let handle = P256Handle(scalar: bytes) else { throw .invalidKey }
        self.init(handle: handle)
    }

    /// The scalar, 32 bytes, big-endian: a secret, to be sealed or wrapped by the caller.
    package var bytes: [UInt8] { handle.scalar }
}
