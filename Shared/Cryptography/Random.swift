import COpenSSL

/// Randomness for keys, nonces and ids.
package enum Random {
    /// `count` unpredictable bytes (`RAND_bytes`); without randomness the process stops, since nothing it made after
    /// that would be secret.
    package static func bytes(_ count: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        OpenSSL.check(RAND_bytes(&bytes, Int32(count)), "RAND_bytes")
        return bytes
    }
}
