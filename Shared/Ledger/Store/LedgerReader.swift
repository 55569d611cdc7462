package import Models
package import PostgreSQL

/// Reads entries, and proofs of them.
package struct LedgerReader: Sendable {
    /// The pause between two looks for a checkpoint that a proof waits for.
    private static let pause = Duration.milliseconds(50)

    private static let entry = """
        SELECT e.leaf, v.contact, v.salt, v.content
        FROM ledger_entry e LEFT JOIN ledger_evidence v USING (partition, number)
        WHERE e.partition = $1::int4::int2 AND e.number = $2 AND \(LedgerIndex.epochColumn(of: "e")) = $3
        """
    private static let position = """
        SELECT l.position FROM ledger_leaf l
        WHERE l.partition = $1::int4::int2 AND l.number = $2 AND \(LedgerIndex.epochColumn(of: "l")) = $3
        """
    private static let rights = """
        SELECT bool_or(has_table_privilege(c.oid, 'UPDATE, DELETE, TRUNCATE')
            OR pg_has_role(c.relowner, 'MEMBER'))
        FROM pg_class c WHERE c.oid = ANY(ARRAY['ledger_entry', 'ledger_epoch', 'ledger_leaf', 'ledger_node',
            'ledger_checkpoint']::regclass[])
        """

    private let pool: Pool

    /// A reader of the ledger in the pool's schema.
    package init(_ pool: Pool) { self.pool = pool }

    /// Throws where the pool's role could change recorded entries; a service does not start with such a role.
    package func requireAppendOnly() async throws {
        guard try await pool.run([Statement(Self.rights)])[0][0].bool(0) == false else {
            throw LedgerError.roleMayChangeEntries
        }
    }

    /// An entry's leaf, and its evidence unless that was erased; nil for one that does not exist.
    package func entry(_ index: LedgerIndex) async throws -> (leaf: String, evidence: LedgerEvidence?)? {
        guard let row = try await pool.run([Statement(Self.entry, Self.parameters(index))])[0].first else { return nil }
        guard let salt = try row.optionalBytes(2), let content = try row.optionalText(3) else {
            return (try row.text(0), nil)
        }
        return (try row.text(0), LedgerEvidence(contact: try row.optionalText(1), salt: salt, content: content))
    }

    /// The newest checkpoint, nil before the first.
    package func checkpoint() async throws -> LedgerCheckpoint? {
        try await pool.run([LedgerCheckpoint.newest])[0].first.map { row in try LedgerCheckpoint(row) }
    }

    /// Proof of an entry, with all that is needed to check it. Waits up to `limit` for its checkpoint and throws
    /// `notSignedYet` where none came; nil where there is no such entry.
    package func proof(of index: LedgerIndex, waiting limit: Duration) async throws -> LedgerProof? {
        guard let found = try await entry(index) else { return nil }
        guard let inclusion = try await inclusion(of: index, waiting: limit) else { throw LedgerError.notSignedYet }
        return LedgerProof(
            entry: [UInt8](found.leaf.utf8), opening: found.evidence, leafIndex: inclusion.proof.leafIndex,
            inclusion: inclusion.proof.hashes, checkpoint: inclusion.checkpoint.note)
    }

    /// Proof that an entry is in the tree of the newest checkpoint, which is returned with it. Waits up to `limit` for
    /// an entry that is not yet folded; nil where there is none in that time.
    package func inclusion(
        of index: LedgerIndex, waiting limit: Duration = .zero
    ) async throws -> (proof: InclusionProof, checkpoint: LedgerCheckpoint)? {
        let deadline = ContinuousClock.now + limit
        while true {
            // Reads the position first: one transaction writes position and checkpoint, so the newest checkpoint covers
            // it.
            let found = try await pool.run([Statement(Self.position, Self.parameters(index)), LedgerCheckpoint.newest])
            if let position = try found[0].first?.int64(0), let row = found[1].first {
                let checkpoint = try LedgerCheckpoint(row)
                guard checkpoint.size <= LedgerBounds.size, position >= 0, position < checkpoint.size else {
                    throw LedgerError.unknownSize(checkpoint.size)
                }
                return (try await inclusion(of: position, in: checkpoint.size), checkpoint)
            }
            guard ContinuousClock.now < deadline else { return nil }
            try await Task.sleep(for: Self.pause)
        }
    }

    /// Proof that the tree of `first` entries is the beginning of that of `second`, which must not be larger than the
    /// newest.
    package func consistency(from first: Int64, to second: Int64) async throws -> ConsistencyProof {
        guard first >= 0, first <= second, second <= LedgerBounds.size else { throw LedgerError.unknownSize(first) }
        if second > 0, second > (try await checkpoint()?.size ?? 0) { throw LedgerError.unknownSize(second) }
        let hashes = try await roots(of: MerklePath.consistency(from: first, to: second))
        return ConsistencyProof(first: first, second: second, hashes: hashes)
    }

    private func inclusion(of position: Int64, in size: Int64) async throws -> InclusionProof {
        let hashes = try await roots(of: MerklePath.inclusion(of: position, in: size))
        return InclusionProof(leafIndex: position, size: size, hashes: hashes)
    }

    /// One statement for all the nodes that the subtrees consist of.
    private func roots(of subtrees: [Range<Int64>]) async throws -> [[UInt8]] {
        let parts = subtrees.map(MerklePath.nodes)
        guard !parts.isEmpty else { return [] }
        let rows = try await pool.run([TreeStatements.read(parts.flatMap(\.self))])[0]
        var hashes = try TreeStatements.hashes(rows)[...]
        return parts.map { nodes in
            defer { hashes = hashes.dropFirst(nodes.count) }
            return MerklePath.root(over: hashes.prefix(nodes.count))
        }
    }

    private static func parameters(_ index: LedgerIndex) -> [Parameter] {
        [.int4(Int32(clamping: index.partition)), .int8(index.number), .int8(index.epoch)]
    }
}
