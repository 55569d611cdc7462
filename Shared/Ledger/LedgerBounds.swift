/// What a number in a row of the ledger's can be. Nothing that is read is reckoned with beyond: whoever owns the
/// database can write any, and a sum that overflows would end the process.
enum LedgerBounds {
    /// Entries of the whole tree: more than are recorded in eight years at a million a second.
    static let size: Int64 = 1 << 48
    /// The last number of a partition: the largest that all readers of JSON keep.
    static let number: Int64 = 1 << 53
}
