import COpenSSL

/// A key of 256 bits for AES: seals values (AES-256-GCM) and wraps other keys (RFC 3394). Hidden from descriptions,
/// cleansed after use; it leaves the process only wrapped.
package struct AESKey: Sendable {
    /// Bytes that `wrap(_:)` yields: the key and RFC 3394's eight check bytes.
    package static let wrappedLength = GCM.keyLength + 8

    let secret: SecretBytes

    /// `nil` unless there are exactly 32 bytes.
    package init?(_ bytes: [UInt8]) {
        guard bytes.count == GCM.keyLength else { return nil }
        secret = SecretBytes(bytes)
    }

    private init(secret: SecretBytes) {
        self.secret = secret
    }

    /// A new random key.
    package static func random() -> AESKey {
        var bytes = Random.bytes(GCM.keyLength)
        defer { bytes.cleanse() }
        return AESKey(secret: SecretBytes(bytes))
    }

    /// Nonce (12 bytes, random), ciphertext and tag (16 bytes). Random nonces are safe for 2^32 values under one key.
    package func seal(_ plaintext: [UInt8], associatedData: [UInt8]) -> [UInt8] {
        let nonce = Random.bytes(GCM.nonceLength)
        return nonce + GCM.seal(plaintext, key: secret, nonce: nonce, associatedData: associatedData)
    }

    /// Decrypts the result of `seal` with the same associated data; throws `.cannotOpen` for any other input.
    package func open(_ sealed: [UInt8], associatedData: [UInt8]) throws(CryptographyError) -> [UInt8] {
        try GCM.open(
            [UInt8](sealed.dropFirst(GCM.nonceLength)), key: secret,
            nonce: [UInt8](sealed.prefix(GCM.nonceLength)), associatedData: associatedData)
    }

    /// Wraps another key under this one (RFC 3394): 40 bytes.
    package func wrap(_ key: AESKey) -> [UInt8] {
        let context = wrapContext()
        defer { EVP_CIPHER_CTX_free(context) }
        let started = secret.withPointer {
            EVP_EncryptInit_ex2(context, FetchedAlgorithm.aes256Wrap.pointer, $0, nil, nil)
        }
        OpenSSL.check(started, "EVP_EncryptInit_ex2")
        var wrapped = [UInt8](repeating: 0, count: Self.wrappedLength)
        var length: Int32 = 0
        let updated = key.secret.withPointer {
            EVP_EncryptUpdate(context, &wrapped, &length, $0, Int32(GCM.keyLength))
        }
        OpenSSL.check(updated, "EVP_EncryptUpdate")
        precondition(length == Self.wrappedLength)
        return wrapped
    }

    /// Unwraps the result of `wrap(_:)` under this key; throws `.cannotOpen` for any other input.
    package func unwrap(_ wrapped: [UInt8]) throws(CryptographyError) -> AESKey {
        guard wrapped.count == Self.wrappedLength else { throw .cannotOpen }
        let context = wrapContext()
        defer { EVP_CIPHER_CTX_free(context) }
        let started = secret.withPointer {
            EVP_DecryptInit_ex2(context, FetchedAlgorithm.aes256Wrap.pointer, $0, nil, nil)
        }
        OpenSSL.check(started, "EVP_DecryptInit_ex2")
        // The buffer is as long as the input, as OpenSSL's manual demands, since OpenSSL may write the check bytes to
        // it.
        var bytes = [UInt8](repeating: 0, count: Self.wrappedLength)
        defer { bytes.cleanse() }
        var length: Int32 = 0
        guard EVP_DecryptUpdate(context, &bytes, &length, wrapped, Int32(wrapped.count)) == 1,
            length == GCM.keyLength
        else {
            OpenSSL.clearErrors()
            throw .cannotOpen
        }
        var key = [UInt8](bytes.prefix(GCM.keyLength))
        defer { key.cleanse() }
        return AESKey(secret: SecretBytes(key))
    }

    /// OpenSSL refuses wrap mode unless the flag is set (`EVP_CIPHER_CTX_set_flags(3)`).
    private func wrapContext() -> OpaquePointer {
        let context = OpenSSL.check(EVP_CIPHER_CTX_new(), "EVP_CIPHER_CTX_new")
        EVP_CIPHER_CTX_set_flags(context, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW)
        return context
    }
}
