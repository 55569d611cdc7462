import COpenSSL

/// Hashes without a key.
package enum Digest {
    /// SHA-256, 32 bytes (`EVP_Digest`).
    package static func sha256(_ bytes: [UInt8]) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: 32)
        OpenSSL.check(
            EVP_Digest(bytes, bytes.count, &digest, nil, FetchedAlgorithm.sha256.pointer, nil), "EVP_Digest")
        return digest
    }
}
