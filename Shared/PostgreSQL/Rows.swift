/// The result of one statement. The values are copied into one buffer, and decoded when they are read.
package struct Rows: Sendable {
    let storage: RowStorage

    /// The number of rows.
    package var count: Int { storage.rowCount }

    /// Whether no row came.
    package var isEmpty: Bool { count == 0 }

    /// The number of rows that the command tag names: inserted, updated, deleted or selected; else 0.
    package var affected: Int { storage.affected }

    /// The command tag, `INSERT 0 3` for instance.
    package var tag: String { storage.tag }

    /// A row by its number, from 0. A number out of range is an error in the program and traps, as in an array.
    package subscript(index: Int) -> Row {
        precondition(index >= 0 && index < count, "row out of range")
        return Row(storage: storage, firstField: index * storage.columnTypes.count)
    }
}

extension Rows: RandomAccessCollection {
    /// 0.
    package var startIndex: Int { 0 }

    /// `count`.
    package var endIndex: Int { count }
}

/// The copied content of a result.
final class RowStorage: Sendable {
    struct Field: Sendable {
        let start: Int
        /// -1 is NULL.
        let length: Int
    }

    let rowCount: Int
    let columnTypes: [TypeOID]
    let fields: [Field]
    let bytes: [UInt8]
    let affected: Int
    let tag: String

    init(rowCount: Int, columnTypes: [TypeOID], fields: [Field], bytes: [UInt8], affected: Int, tag: String) {
        self.rowCount = rowCount
        self.columnTypes = columnTypes
        self.fields = fields
        self.bytes = bytes
        self.affected = affected
        self.tag = tag
    }
}
