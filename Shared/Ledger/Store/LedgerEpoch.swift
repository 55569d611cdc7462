package import Models
package import PostgreSQL

/// The beginning of a ledger's history after its database may have lost its last commits (X5). A new epoch prevents
/// that two trees of one size are signed under one name, or an index is given out twice.
package enum LedgerEpoch {
    /// The member `type` of the entry that begins a history. Its member `after` is the last checkpoint that the
    /// database still had: `size` and `root`, in base64.
    static let entryType = "ledger.epoch"

    private static let insert = """
        INSERT INTO ledger_epoch (partition, epoch, first)
        SELECT partition, $2, first FROM unnest($1::int8[]) WITH ORDINALITY AS p (first, place)
        CROSS JOIN LATERAL (SELECT (place - 1)::int2 AS partition) AS numbered
        """

    /// Begins a history in all partitions. The caller's transaction must hold the locks on their rows.
    ///
    /// - Parameter epoch: above all earlier ones.
    package static func begin(
        _ epoch: Int64, partitions: Int, at now: Timestamp, on connection: Connection
    ) async throws {
        let found = try await connection.run(
            [LedgerCheckpoint.newest] + (0..<partitions).map { LedgerStatements.nextNumber(partition: $0) })
        let head = try found[0].first.map { row in try LedgerCheckpoint(row) }
        let first = try found.dropFirst().map { rows in try rows[0].int64(0) }
        let after: JSON = [
            "size": .number(String(head?.size ?? 0)), "root": .string(base64(head?.root ?? MerkleHash.empty)),
        ]
        let entry = try LedgerEntry(
            LedgerIndex(partition: 0, number: first[0], epoch: epoch),
            statement: ["type": .string(entryType), "at": .string(now.rfc3339), "after": after])
        _ = try await connection.run(
            [Statement(insert, [.int8s(first), .int8(epoch)])] + LedgerStatements.insert([entry]))
    }
}

extension LedgerIndex {
    /// The epoch of an entry, by partition and number of the row that `alias` names.
    package static func epochColumn(of alias: String) -> String {
        """
        coalesce((SELECT max(h.epoch) FROM ledger_epoch AS h
            WHERE h.partition = \(alias).partition AND h.first <= \(alias).number), 0)
        """
    }
}
