/// The limits of numbers in the ledger's rows. Larger ones are never calculated with, since the database's owner can
/// write any number, and an overflow would end the process.
enum LedgerBounds {
    /// Entries of the whole tree: more than are recorded in eight years at a million a second.
    static let size: Int64 = 1 << 48
    /// The last number of a partition: the largest that all readers of JSON keep.
    static let number: Int64 = 1 << 53
}
