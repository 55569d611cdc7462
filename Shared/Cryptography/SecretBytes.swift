import COpenSSL

/// Bytes of a key: one copy in memory, overwritten when the last reference is released (`OPENSSL_cleanse`), shown by no
/// description, dump or mirror.
///
/// `@unchecked Sendable`: no lock is needed, the bytes are written by `init` and `deinit` only.
final class SecretBytes: @unchecked Sendable {
    let count: Int
    private let storage: UnsafeMutablePointer<UInt8>

    init(_ bytes: [UInt8]) {
        count = bytes.count
        storage = .allocate(capacity: bytes.count)
        storage.initialize(from: bytes, count: bytes.count)
    }

    deinit {
        OPENSSL_cleanse(storage, count)
        storage.deallocate()
    }

    func withPointer<Result>(_ body: (UnsafePointer<UInt8>) -> Result) -> Result {
        body(UnsafePointer(storage))
    }

    /// A copy of the bytes; the caller has to cleanse it.
    var bytes: [UInt8] { [UInt8](UnsafeBufferPointer(start: storage, count: count)) }
}

extension SecretBytes: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    var description: String { "<hidden>" }
    var debugDescription: String { description }
    var customMirror: Mirror { Mirror(self, children: []) }
}

extension [UInt8] {
    /// Overwrites the bytes by a call that the optimiser does not remove (`OPENSSL_cleanse`).
    mutating func cleanse() {
        withUnsafeMutableBytes { OPENSSL_cleanse($0.baseAddress, $0.count) }
    }
}
