import Models
import PostgreSQL

/// The statements of an audit, which reads page by page, by key, in one snapshot.
enum AuditStatements {
    /// Rows of a page.
    static let page: Int64 = 2000

    /// The transaction may be idle for a minute, while hashes are computed: it holds no lock that others wait for.
    static let begin = [
        Statement("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"),
        Statement("SET LOCAL idle_in_transaction_session_timeout = '1min'"),
    ]

    // Reading a page takes some thousand look-ups, independent of the ledger's size. LATERAL with a LIMIT or an OFFSET
    // makes the planner use them: without statistics of the tables it would join each page to the whole of them.
    private static let leafPage = """
        SELECT l.position, l.partition, l.number, l.hash, e.leaf, e.leaf_hash, v.contact, v.salt, v.content,
            \(LedgerIndex.epochColumn(of: "l"))
        FROM (SELECT position, partition, number, hash FROM ledger_leaf WHERE position > $1
            AND position < \(LedgerBounds.size) ORDER BY position LIMIT $2) AS l
        LEFT JOIN LATERAL (SELECT leaf, leaf_hash FROM ledger_entry
            WHERE partition = l.partition AND number = l.number LIMIT 1) AS e ON true
        LEFT JOIN LATERAL (SELECT contact, salt, content FROM ledger_evidence
            WHERE partition = l.partition AND number = l.number LIMIT 1) AS v ON true
        ORDER BY l.position
        """
    /// The subtrees that leaves `$1` up to `$2` complete.
    private static let nodePage = """
        SELECT n.level, n.index, n.hash
        FROM generate_series(1, 62) AS l (level)
        CROSS JOIN LATERAL (SELECT level, index, hash FROM ledger_node
            WHERE level = l.level AND index >= $1 >> l.level AND index < $2 >> l.level OFFSET 0) AS n
        """
    private static let checkpointPage = """
        SELECT \(LedgerCheckpoint.columns) FROM ledger_checkpoint WHERE size > $1 AND size <= $2 ORDER BY size
        """
    private static let later = """
        SELECT \(LedgerCheckpoint.columns) FROM ledger_checkpoint WHERE size > $1 ORDER BY size LIMIT $2
        """
    /// Stored subtrees to the right of the last leaf.
    private static let surplus = """
        SELECT n.level, n.index
        FROM generate_series(1, 62) AS l (level)
        CROSS JOIN LATERAL (SELECT level, index FROM ledger_node
            WHERE level = l.level AND index >= $1 >> l.level ORDER BY index LIMIT $2) AS n
        ORDER BY n.level, n.index LIMIT $2
        """
    /// Leaves at positions that a tree cannot have.
    private static let outside = """
        SELECT l.partition, l.number, \(LedgerIndex.epochColumn(of: "l"))
        FROM ledger_leaf AS l WHERE position < 0 OR position >= \(LedgerBounds.size) ORDER BY position LIMIT $1
        """
    /// A page of entries. An entry in the tree was read with its leaf, so that here only its number is read.
    private static let entryPage = """
        SELECT e.partition, e.number, l.position IS NOT NULL, CASE WHEN l.position IS NULL THEN e.leaf END,
            e.leaf_hash, v.contact, v.salt, v.content, \(LedgerIndex.epochColumn(of: "e"))
        FROM (SELECT partition, number, leaf, leaf_hash FROM ledger_entry
            WHERE (partition, number) > ($1::int4::int2, $2::int8) ORDER BY partition, number LIMIT $3) AS e
        LEFT JOIN LATERAL (SELECT position FROM ledger_leaf
            WHERE partition = e.partition AND number = e.number LIMIT 1) AS l ON true
        LEFT JOIN LATERAL (SELECT contact, salt, content FROM ledger_evidence
            WHERE l.position IS NULL AND partition = e.partition AND number = e.number LIMIT 1) AS v ON true
        ORDER BY e.partition, e.number
        """
    private static let stray = """
        SELECT v.partition, v.number, \(LedgerIndex.epochColumn(of: "v")) FROM ledger_evidence v
        WHERE NOT EXISTS (SELECT FROM ledger_entry e WHERE e.partition = v.partition AND e.number = v.number)
        ORDER BY v.partition, v.number LIMIT $1
        """
    private static let atPositions = """
        SELECT l.partition, l.number, \(LedgerIndex.epochColumn(of: "l"))
        FROM ledger_leaf AS l WHERE position >= $1 AND position < $2 ORDER BY position LIMIT $3
        """

    static func leaves(after position: Int64) -> Statement { Statement(leafPage, [.int8(position), .int8(page)]) }

    static func leavesOutside(limit: Int) -> Statement { Statement(outside, [.int8(Int64(limit))]) }

    static func nodes(completedBy leaves: Range<Int64>) -> Statement {
        Statement(nodePage, [.int8(leaves.lowerBound), .int8(leaves.upperBound)])
    }

    static func checkpoints(after size: Int64, to end: Int64) -> Statement {
        Statement(checkpointPage, [.int8(size), .int8(end)])
    }

    static func checkpoints(beyond size: Int64) -> Statement { Statement(later, [.int8(size), .int8(page)]) }

    static func surplusNodes(of size: Int64) -> Statement { Statement(surplus, [.int8(size), .int8(page)]) }

    static func entries(after index: LedgerIndex) -> Statement {
        Statement(entryPage, [.int4(Int32(index.partition)), .int8(index.number), .int8(page)])
    }

    static func strayEvidence() -> Statement { Statement(stray, [.int8(page)]) }

    static func entries(at positions: Range<Int64>, limit: Int) -> Statement {
        Statement(atPositions, [.int8(positions.lowerBound), .int8(positions.upperBound), .int8(Int64(limit))])
    }
}

extension Row {
    /// Partition, number and epoch in these columns.
    func ledgerIndex(_ partition: Int, _ number: Int, _ epoch: Int) throws(DatabaseError) -> LedgerIndex {
        LedgerIndex(partition: Int(try int64(partition)), number: try int64(number), epoch: try int64(epoch))
    }

    /// Contact, salt and content from this column on; nil where there is no row.
    func ledgerEvidence(_ column: Int) throws(DatabaseError) -> LedgerEvidence? {
        guard let salt = try optionalBytes(column + 1), let content = try optionalText(column + 2) else { return nil }
        return LedgerEvidence(contact: try optionalText(column), salt: salt, content: content)
    }
}
