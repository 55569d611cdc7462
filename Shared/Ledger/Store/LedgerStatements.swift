package import Models
package import PostgreSQL

/// The ledger's statements in a service's batch. They run in its transaction, which has locked its partition's row: so
/// numbers are consecutive in the partition, and entries become visible in their order.
package enum LedgerStatements {
    /// A number is never given out twice, even where its entry was deleted by hand. Numbers above the bound are never
    /// given out and are ignored, since one row with such a number would end the numbering.
    private static let next = """
        SELECT greatest(
            (SELECT max(number) FROM ledger_entry
                WHERE partition = $1::int4::int2 AND number < \(LedgerBounds.number)),
            (SELECT max(number) FROM ledger_leaf
                WHERE partition = $1::int4::int2 AND number < \(LedgerBounds.number)), 0) + 1,
            (SELECT coalesce(max(epoch), 0) FROM ledger_epoch WHERE partition = $1::int4::int2)
        """
    private static let insertEntries = """
        INSERT INTO ledger_entry (partition, number, leaf, leaf_hash)
        SELECT partition, number, leaf, hash
        FROM unnest($1::int4[], $2::int8[], $3::text[], $4::bytea[]) AS e (partition, number, leaf, hash)
        """
    private static let insertEvidence = """
        INSERT INTO ledger_evidence (partition, number, contact, salt, content)
        SELECT partition, number, contact, salt, content
        FROM unnest($1::int4[], $2::int8[], $3::text[], $4::bytea[], $5::text[])
            AS e (partition, number, contact, salt, content)
        """
    /// The entries with evidence about a contact: as many as there are decisions or reveals about one person.
    private static let evidenceOf = """
        SELECT partition, number FROM ledger_evidence WHERE contact = $1 ORDER BY partition, number
        """
    private static let delete = """
        DELETE FROM ledger_evidence e USING unnest($1::int4[], $2::int8[]) AS gone (partition, number)
        WHERE e.partition = gone.partition AND e.number = gone.number
        """

    /// Reads the partition's next number and its epoch: columns 0 and 1 of the one row.
    package static func nextNumber(partition: Int) -> Statement {
        Statement(next, [.int4(Int32(partition))])
    }

    /// Records any number of entries by two statements at most.
    package static func insert(_ entries: [LedgerEntry]) -> [Statement] {
        guard !entries.isEmpty else { return [] }
        var statements = [
            Statement(
                insertEntries,
                indexes(entries.map(\.index)) + [
                    .texts(entries.map(\.leaf)), .byteArrays(entries.map(\.leafHash)),
                ])
        ]
        let opened = entries.compactMap { entry in entry.evidence.map { (entry.index, $0) } }
        if !opened.isEmpty {
            statements.append(
                Statement(
                    insertEvidence,
                    indexes(opened.map(\.0)) + [
                        .texts(opened.map(\.1.contact)), .byteArrays(opened.map(\.1.salt)),
                        .texts(opened.map(\.1.content)),
                    ]))
        }
        return statements
    }

    /// Reads which entries have evidence about a contact, as partition and number: the erasure's entry names them in
    /// `erases`.
    package static func evidence(of contact: String) -> Statement {
        Statement(evidenceOf, [.text(contact)])
    }

    /// Deletes evidence, in the transaction that records the entry which says so.
    package static func deleteEvidence(of entries: [LedgerIndex]) -> Statement {
        Statement(delete, indexes(entries))
    }

    static func indexes(_ indexes: [LedgerIndex]) -> [Parameter] {
        [.int4s(indexes.map { Int32($0.partition) }), .int8s(indexes.map(\.number))]
    }
}
