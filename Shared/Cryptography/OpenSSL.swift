import COpenSSL

/// Checks the results of calls to OpenSSL 3.
enum OpenSSL {
    /// Ends the process when a call fails that cannot fail with valid arguments: memory or OpenSSL's provider is
    /// missing, and the process must not go on without encryption.
    static func check(_ result: Int32, _ call: StaticString) {
        guard result == 1 else { fail(call) }
    }

    /// As `check(_:_:)`, for calls that answer with a pointer.
    static func check(_ pointer: OpaquePointer?, _ call: StaticString) -> OpaquePointer {
        guard let pointer else { fail(call) }
        return pointer
    }

    /// Empties the thread's error queue after a call that may fail by its input, lest another user of the thread (TLS
    /// of a database connection) takes the entry for its own.
    static func clearErrors() {
        ERR_clear_error()
    }

    /// Compares in constant time (`CRYPTO_memcmp`) where the lengths are equal; lengths are no secret.
    static func constantTimeEqual(_ one: [UInt8], _ other: [UInt8]) -> Bool {
        one.count == other.count && CRYPTO_memcmp(one, other, one.count) == 0
    }

    private static func fail(_ call: StaticString) -> Never {
        fatalError("OpenSSL: \(call) failed with code \(ERR_peek_last_error())")
    }
}

/// An algorithm looked up by name once; OpenSSL 3 would otherwise do so at every call.
///
/// `@unchecked Sendable`: no lock is needed, a fetched algorithm never changes and is counted atomically.
struct FetchedAlgorithm: @unchecked Sendable {
    let pointer: OpaquePointer

    static let aes256GCM = FetchedAlgorithm(
        pointer: OpenSSL.check(EVP_CIPHER_fetch(nil, "AES-256-GCM", nil), "EVP_CIPHER_fetch AES-256-GCM"))
    static let aes256Wrap = FetchedAlgorithm(
        pointer: OpenSSL.check(EVP_CIPHER_fetch(nil, "AES-256-WRAP", nil), "EVP_CIPHER_fetch AES-256-WRAP"))
    static let hmac = FetchedAlgorithm(
        pointer: OpenSSL.check(EVP_MAC_fetch(nil, "HMAC", nil), "EVP_MAC_fetch HMAC"))
    static let sha256 = FetchedAlgorithm(
        pointer: OpenSSL.check(EVP_MD_fetch(nil, "SHA2-256", nil), "EVP_MD_fetch SHA2-256"))
}
