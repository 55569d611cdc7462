import COpenSSL

/// A key for HMAC-SHA-256 (RFC 2104), hidden from descriptions and cleansed after use.
package struct MACKey: Sendable {
    private let state: KeyedState

    /// A key of at least one byte; 32 bytes are the right length for SHA-256.
    package init(_ bytes: [UInt8]) {
        precondition(!bytes.isEmpty, "an empty HMAC key authenticates nothing")
        state = KeyedState(bytes)
    }

    /// Uses the bytes of an `AESKey` as an HMAC key: one that serves for HMAC only, and is an `AESKey` to be wrapped.
    package init(_ key: AESKey) {
        var bytes = key.secret.bytes
        defer { bytes.cleanse() }
        self.init(bytes)
    }

    /// The 32 bytes of the MAC.
    package func hmacSHA256(_ message: [UInt8]) -> [UInt8] {
        state.mac(message)
    }

    /// Whether `mac` is the whole MAC of `message`, in constant time (`CRYPTO_memcmp`).
    package func isValid(_ mac: [UInt8], for message: [UInt8]) -> Bool {
        OpenSSL.constantTimeEqual(mac, hmacSHA256(message))
    }
}

/// An HMAC context that was initialised with the key and is copied for each message; OpenSSL cleanses it when it is
/// freed.
///
/// `@unchecked Sendable`: no lock is needed, the context is only read (`EVP_MAC_CTX_dup`) after `init`.
private final class KeyedState: @unchecked Sendable {
    private let context: OpaquePointer

    init(_ key: [UInt8]) {
        context = OpenSSL.check(EVP_MAC_CTX_new(FetchedAlgorithm.hmac.pointer), "EVP_MAC_CTX_new")
        var digest = "SHA2-256".utf8CString.map { $0 }
        digest.withUnsafeMutableBufferPointer { name in
            let parameters = [
                OSSL_PARAM_construct_utf8_string(assent_param_digest(), name.baseAddress, 0),
                OSSL_PARAM_construct_end(),
            ]
            OpenSSL.check(EVP_MAC_init(context, key, key.count, parameters), "EVP_MAC_init")
        }
    }

    deinit {
        EVP_MAC_CTX_free(context)
    }

    func mac(_ message: [UInt8]) -> [UInt8] {
        let copy = OpenSSL.check(EVP_MAC_CTX_dup(context), "EVP_MAC_CTX_dup")
        defer { EVP_MAC_CTX_free(copy) }
        var mac = [UInt8](repeating: 0, count: 32)
        var length = 0
        OpenSSL.check(EVP_MAC_update(copy, message, message.count), "EVP_MAC_update")
        OpenSSL.check(EVP_MAC_final(copy, &mac, &length, mac.count), "EVP_MAC_final")
        return mac
    }
}

extension KeyedState: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    var description: String { "<hidden>" }
    var debugDescription: String { description }
    var customMirror: Mirror { Mirror(self, children: []) }
}
