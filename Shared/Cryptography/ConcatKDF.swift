/// The key derivation of ECDH-ES (RFC 7518 section 4.6.2, NIST SP 800-56A): one round of SHA-256.
enum ConcatKDF {
    /// `keyLength` bytes, at most 32, from an ECDH secret; `algorithm` is the `enc` that the key is for.
    static func derive(
        secret: [UInt8], algorithm: String, keyLength: Int, partyU: [UInt8] = [], partyV: [UInt8] = []
    ) -> SecretBytes {
        precondition(keyLength <= 32, "one round of SHA-256 yields 32 bytes")
        var input = bigEndian(1) + secret
        input += prefixed([UInt8](algorithm.utf8)) + prefixed(partyU) + prefixed(partyV) + bigEndian(keyLength * 8)
        var digest = Digest.sha256(input)
        var key = [UInt8](digest.prefix(keyLength))
        defer {
            input.cleanse()
            digest.cleanse()
            key.cleanse()
        }
        return SecretBytes(key)
    }

    private static func prefixed(_ bytes: [UInt8]) -> [UInt8] {
        bigEndian(bytes.count) + bytes
    }

    private static func bigEndian(_ number: Int) -> [UInt8] {
        withUnsafeBytes(of: UInt32(number).bigEndian) { [UInt8]($0) }
    }
}
