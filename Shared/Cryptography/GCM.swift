import COpenSSL

/// AES-256-GCM (NIST SP 800-38D) with a nonce of 12 and a tag of 16 bytes.
enum GCM {
    static let keyLength = 32
    static let nonceLength = 12
    static let tagLength = 16

    /// Encrypts; returns the ciphertext followed by the tag. A nonce must never be used twice with one key.
    static func seal(
        _ plaintext: [UInt8], key: SecretBytes, nonce: [UInt8], associatedData: [UInt8]
    ) -> [UInt8] {
        precondition(key.count == keyLength && nonce.count == nonceLength)
        let context = OpenSSL.check(EVP_CIPHER_CTX_new(), "EVP_CIPHER_CTX_new")
        defer { EVP_CIPHER_CTX_free(context) }
        let started = key.withPointer {
            EVP_EncryptInit_ex2(context, FetchedAlgorithm.aes256GCM.pointer, $0, nonce, nil)
        }
        OpenSSL.check(started, "EVP_EncryptInit_ex2")
        var length: Int32 = 0
        if !associatedData.isEmpty {
            OpenSSL.check(
                EVP_EncryptUpdate(context, nil, &length, associatedData, Int32(associatedData.count)),
                "EVP_EncryptUpdate")
        }
        var sealed = [UInt8](repeating: 0, count: plaintext.count + tagLength)
        if !plaintext.isEmpty {
            OpenSSL.check(
                EVP_EncryptUpdate(context, &sealed, &length, plaintext, Int32(plaintext.count)), "EVP_EncryptUpdate")
        }
        var tag = [UInt8](repeating: 0, count: tagLength)
        OpenSSL.check(EVP_EncryptFinal_ex(context, &tag, &length), "EVP_EncryptFinal_ex")
        OpenSSL.check(
            EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, Int32(tagLength), &tag), "EVP_CIPHER_CTX_ctrl")
        sealed.replaceSubrange(plaintext.count..., with: tag)
        return sealed
    }

    /// Decrypts a ciphertext with its tag. If the tag is wrong, overwrites the plaintext and throws `.cannotOpen`.
    static func open(
        _ sealed: [UInt8], key: SecretBytes, nonce: [UInt8], associatedData: [UInt8]
    ) throws(CryptographyError) -> [UInt8] {
        let plaintextLength = sealed.count - tagLength
        guard key.count == keyLength, nonce.count == nonceLength, plaintextLength >= 0,
            let inputLength = Int32(exactly: plaintextLength),
            let dataLength = Int32(exactly: associatedData.count)
        else { throw .cannotOpen }
        let context = OpenSSL.check(EVP_CIPHER_CTX_new(), "EVP_CIPHER_CTX_new")
        defer { EVP_CIPHER_CTX_free(context) }
        let started = key.withPointer {
            EVP_DecryptInit_ex2(context, FetchedAlgorithm.aes256GCM.pointer, $0, nonce, nil)
        }
        OpenSSL.check(started, "EVP_DecryptInit_ex2")
        var length: Int32 = 0
        if dataLength > 0 {
            OpenSSL.check(EVP_DecryptUpdate(context, nil, &length, associatedData, dataLength), "EVP_DecryptUpdate")
        }
        var plaintext = [UInt8](repeating: 0, count: plaintextLength)
        if inputLength > 0 {
            OpenSSL.check(EVP_DecryptUpdate(context, &plaintext, &length, sealed, inputLength), "EVP_DecryptUpdate")
        }
        var tag = [UInt8](sealed[plaintextLength...])
        OpenSSL.check(
            EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, Int32(tagLength), &tag), "EVP_CIPHER_CTX_ctrl")
        var rest = [UInt8](repeating: 0, count: tagLength)
        guard EVP_DecryptFinal_ex(context, &rest, &length) == 1 else {
            plaintext.cleanse()
            OpenSSL.clearErrors()
            throw .cannotOpen
        }
        return plaintext
    }
}
