import PostgreSQL

/// A stored checkpoint.
package struct LedgerCheckpoint: Sendable, Equatable {
    /// Entries in the tree.
    package let size: Int64
    package let root: [UInt8]
    package let note: String

    static let columns = "size, root, note"
    private static let selectNewest = "SELECT \(columns) FROM ledger_checkpoint ORDER BY size DESC LIMIT 1"
    /// Reads the newest one, if there is any.
    static let newest = Statement(selectNewest)

    init(size: Int64, root: [UInt8], note: String) {
        self.size = size
        self.root = root
        self.note = note
    }

    init(_ row: Row) throws(DatabaseError) {
        self.init(size: try row.int64(0), root: try row.bytes(1), note: try row.text(2))
    }
}
