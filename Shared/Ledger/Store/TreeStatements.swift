import Models
import PostgreSQL

/// The statements that store and read the tree: leaves and complete subtrees, each written once.
enum TreeStatements {
    /// Reads the nodes of a proof, or of a tree's edge: some for each level of the tree.
    private static let readNodes = """
        SELECT w.level, w.index, CASE WHEN w.level = 0 THEN l.hash ELSE n.hash END
        FROM unnest($1::int4[], $2::int8[]) WITH ORDINALITY AS w (level, index, place)
        LEFT JOIN ledger_leaf l ON w.level = 0 AND l.position = w.index
        LEFT JOIN ledger_node n ON w.level > 0 AND n.level = w.level AND n.index = w.index
        ORDER BY w.place
        """
    private static let insertLeaves = """
        INSERT INTO ledger_leaf (position, partition, number, hash)
        SELECT $1 + place - 1, partition, number, hash
        FROM unnest($2::int4[], $3::int8[], $4::bytea[]) WITH ORDINALITY AS e (partition, number, hash, place)
        """
    private static let insertNodes = """
        INSERT INTO ledger_node (level, index, hash)
        SELECT level, index, hash FROM unnest($1::int4[], $2::int8[], $3::bytea[]) AS n (level, index, hash)
        """

    static func read(_ nodes: [MerkleNode]) -> Statement {
        Statement(readNodes, [.int4s(nodes.map { Int32($0.level) }), .int8s(nodes.map(\.index))])
    }

    /// The hashes that `read` found, in the order asked for.
    static func hashes(_ rows: Rows) throws -> [[UInt8]] {
        try rows.map { row in
            guard let hash = try row.optionalBytes(2) else {
                throw LedgerError.nodeIsMissing(level: Int(try row.int64(0)), index: try row.int64(1))
            }
            return hash
        }
    }

    static func insert(leaves: [(index: LedgerIndex, hash: [UInt8])], from position: Int64) -> Statement {
        Statement(
            insertLeaves,
            [.int8(position)] + LedgerStatements.indexes(leaves.map(\.index)) + [.byteArrays(leaves.map(\.hash))])
    }

    static func insert(nodes: [(node: MerkleNode, hash: [UInt8])]) -> Statement {
        Statement(
            insertNodes,
            [
                .int4s(nodes.map { Int32($0.node.level) }), .int8s(nodes.map(\.node.index)),
                .byteArrays(nodes.map(\.hash)),
            ])
    }
}
