import Models

/// The cost of a field in bytes of a message body (`Handler.weight`): a transaction takes about 2,000 plain fields.
enum FieldWeight {
    /// A plain field: its key is made and wrapped, the value is encrypted, and up to 224 search hashes are computed.
    static let plain = 512
    /// A sealed field: also opens a seal, with an ECDH on P-256.
    static let sealed = 1024

    /// The weight of an object with fields.
    static func of(_ object: JSON?, each: Int) -> Int { (object?.members?.count ?? 0) * each }
}
