import PostgreSQL

/// A stored checkpoint.
public struct LedgerCheckpoint: Sendable, Equatable {
    /// Entries in the tree.
    public let size: Int64
    /// The tree's root.
    public let root: [UInt8]
    /// The signed note.
    public let note: String

    static let columns = "size, root, note"

    init(size: Int64, root: [UInt8], note: String) {
        self.size = size
        self.root = root
        self.note = note
    }

    init(_ row: Row) throws(DatabaseError) {
        self.init(size: try row.int64(0), root: try row.bytes(1), note: try row.text(2))
    }
}
