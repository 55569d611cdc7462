import COpenSSL

/// An `EVP_PKEY` for Ed25519; freed (a private part cleansed) with its last owner.
///
/// `@unchecked Sendable`: no lock is needed, the key is only read, and OpenSSL counts its users atomically.
final class Ed25519Handle: @unchecked Sendable {
    /// Bytes of a seed and of a public key (RFC 8032 section 5.1.5).
    static let keyLength = 32
    /// Bytes of a signature (RFC 8032 section 5.1.6).
    static let signatureLength = 64
    private static let algorithm = "ED25519"

    private let key: OpaquePointer

    /// A key pair, from its seed; `nil` for another length.
    init?(seed: [UInt8]) {
        guard seed.count == Self.keyLength else { return nil }
        key = OpenSSL.check(
            EVP_PKEY_new_raw_private_key_ex(nil, Self.algorithm, nil, seed, seed.count),
            "EVP_PKEY_new_raw_private_key_ex")
    }

    /// A public key; `nil` for another length. No signature is valid under a point that is not on the curve.
    init?(publicKey: [UInt8]) {
        guard publicKey.count == Self.keyLength else { return nil }
        key = OpenSSL.check(
            EVP_PKEY_new_raw_public_key_ex(nil, Self.algorithm, nil, publicKey, publicKey.count),
            "EVP_PKEY_new_raw_public_key_ex")
    }

    deinit {
        EVP_PKEY_free(key)
    }

    /// The public half, 32 bytes.
    var publicKey: [UInt8] {
        var bytes = [UInt8](repeating: 0, count: Self.keyLength)
        var length = bytes.count
        OpenSSL.check(EVP_PKEY_get_raw_public_key(key, &bytes, &length), "EVP_PKEY_get_raw_public_key")
        return bytes
    }

    /// The private half, 32 bytes; the caller cleanses it. Only for a key pair.
    var seed: [UInt8] {
        var bytes = [UInt8](repeating: 0, count: Self.keyLength)
        var length = bytes.count
        OpenSSL.check(EVP_PKEY_get_raw_private_key(key, &bytes, &length), "EVP_PKEY_get_raw_private_key")
        return bytes
    }

    /// The signature, 64 bytes (`EVP_DigestSign`). Only for a key pair.
    func sign(_ message: [UInt8]) -> [UInt8] {
        let context = OpenSSL.check(EVP_MD_CTX_new(), "EVP_MD_CTX_new")
        defer { EVP_MD_CTX_free(context) }
        // Ed25519 hashes by itself: no digest is named.
        OpenSSL.check(EVP_DigestSignInit_ex(context, nil, nil, nil, nil, key, nil), "EVP_DigestSignInit_ex")
        var signature = [UInt8](repeating: 0, count: Self.signatureLength)
        var length = signature.count
        OpenSSL.check(EVP_DigestSign(context, &signature, &length, message, message.count), "EVP_DigestSign")
        return signature
    }

    /// Whether this key made the signature over exactly this message (`EVP_DigestVerify`).
    func isValid(_ signature: [UInt8], for message: [UInt8]) -> Bool {
        guard signature.count == Self.signatureLength else { return false }
        let context = OpenSSL.check(EVP_MD_CTX_new(), "EVP_MD_CTX_new")
        defer { EVP_MD_CTX_free(context) }
        OpenSSL.check(EVP_DigestVerifyInit_ex(context, nil, nil, nil, nil, key, nil), "EVP_DigestVerifyInit_ex")
        let isValid = EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
        if !isValid { OpenSSL.clearErrors() }
        return isValid
    }
}

extension Ed25519Handle: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    var description: String { "<hidden>" }
    var debugDescription: String { description }
    var customMirror: Mirror { Mirror(self, children: []) }
}
