import Models

/// What a field costs, in bytes of a body (`Handler.weight`): a transaction takes some 2,000 plain ones.
enum FieldWeight {
    /// A key is made and wrapped, the value encrypted, and up to 224 hashes made of what it is found by.
    static let plain = 512
    /// And a seal is opened, by an agreement on P-256.
    static let sealed = 1024

    /// What an object's members weigh.
    static func of(_ object: JSON?, each: Int) -> Int { (object?.members?.count ?? 0) * each }
}
