import Models
package import PostgreSQL

/// Folds recorded entries into the tree and signs its head. Every instance may run one: a lock lets one work at a time,
/// and none keeps a state in memory, so that the next one goes on from the last commit.
package struct Checkpointer: Sendable {
    /// The time between folds: an entry has its checkpoint within a second of its commit, the fold's time included
    /// (X1).
    package static let interval = Duration.milliseconds(500)
    /// Entries that one transaction takes of each partition; a fold is as many transactions as it needs.
    private static let mostOfPartition: Int64 = 2000

    /// Overrides the database's default: a snapshot taken before the lock was acquired would not show the last fold.
    private static let begin = "BEGIN ISOLATION LEVEL READ COMMITTED"
    /// One fold at a time in a schema. The lock belongs to the transaction, so that a killed process releases it; a
    /// row's lock would need a right to change rows, which the service's role does not have.
    private static let lock = "pg_try_advisory_xact_lock(1818584167, 'ledger_checkpoint'::regclass::oid::int4)"
    private static let lastPosition = "SELECT max(position) FROM ledger_leaf"
    /// All epochs. A tree belongs to an epoch once it contains the epoch's first entry, in partition 0.
    private static let epochs = """
        SELECT epoch, first,
            (SELECT max(number) FROM ledger_leaf WHERE partition = 0 AND number <= \(LedgerBounds.number))
        FROM ledger_epoch WHERE partition = 0 ORDER BY epoch DESC
        """
    /// Finds the partitions, and in each the entries beyond the last one folded. Ignores numbers above the bound, which
    /// are never given out: once folded, such a number would hide all later entries.
    private static let fresh = """
        WITH RECURSIVE known AS (
            (SELECT partition FROM ledger_entry ORDER BY partition LIMIT 1)
            UNION ALL
            SELECT (SELECT e.partition FROM ledger_entry e WHERE e.partition > known.partition
                ORDER BY e.partition LIMIT 1)
            FROM known WHERE known.partition IS NOT NULL
        )
        SELECT e.partition, e.number, e.leaf_hash
        FROM known
        CROSS JOIN LATERAL (
            SELECT coalesce(max(l.number), 0) AS number FROM ledger_leaf l
            WHERE l.partition = known.partition AND l.number <= \(LedgerBounds.number)
        ) AS folded
        CROSS JOIN LATERAL (
            SELECT f.partition, f.number, f.leaf_hash FROM ledger_entry f
            WHERE f.partition = known.partition AND f.number > folded.number AND f.number <= \(LedgerBounds.number)
            ORDER BY f.number LIMIT $1
        ) AS e
        ORDER BY e.partition, e.number
        """
    private static let insertCheckpoint = """
        INSERT INTO ledger_checkpoint (size, root, note, signed_at) VALUES ($1, $2, $3, clock_timestamp())
        """

    private let pool: Pool
    private let currentSigner: @Sendable () -> CheckpointSigner
    private let condition: String

    /// A checkpointer for the ledger in the pool's schema; the role needs to read and insert.
    ///
    /// - Parameters:
    ///   - signer: called for each checkpoint, since the key may change while the process runs.
    ///   - condition: an SQL expression. While it is false nothing is signed.
    package init(
        _ pool: Pool, signer: @escaping @Sendable () -> CheckpointSigner, while condition: String = "true"
    ) {
        self.pool = pool
        currentSigner = signer
        self.condition = condition
    }

    private var signer: CheckpointSigner { currentSigner() }

    /// Folds every half second until the task is cancelled. `folded` is called with the result of each try: the last
    /// checkpoint that this instance made, after its commit; nil as from `fold`; or the error, after which it tries
    /// again.
    package func run(
        every interval: Duration = Checkpointer.interval,
        folded: @Sendable (Result<LedgerCheckpoint?, any Error>) -> Void
    ) async {
        while !Task.isCancelled {
            let next = ContinuousClock.now + interval
            do {
                folded(.success(try await fold()))
            } catch {
                if Task.isCancelled { return }
                folded(.failure(error))
            }
            do { try await Task.sleep(until: next, clock: .continuous) } catch { return }
        }
    }

    /// Folds all new entries. Returns the last checkpoint that it made; nil where no entry is new or another instance
    /// folds.
    @discardableResult
    package func fold() async throws -> LedgerCheckpoint? {
        var made: LedgerCheckpoint?
        while let step = try await foldOnce() {
            made = step.checkpoint
            if !step.isMore { break }
        }
        return made
    }

    /// Folds in one transaction. It acquires the lock first, so that its reads see the commit of the previous holder.
    private func foldOnce() async throws -> (checkpoint: LedgerCheckpoint, isMore: Bool)? {
        try await pool.withConnection { connection in
            let found = try await connection.run([
                Statement(Self.begin), Statement("SELECT \(condition) AND \(Self.lock)"), LedgerCheckpoint.newest,
                Statement(Self.lastPosition), Statement(Self.fresh, [.int8(Self.mostOfPartition)]),
                Statement(Self.epochs),
            ])
            let entries = try found[4].map { row in
                (
                    index: LedgerIndex(partition: Int(try row.int64(0)), number: try row.int64(1)),
                    hash: try row.bytes(2)
                )
            }
            guard try found[1][0].bool(0), !entries.isEmpty else {
                try await connection.rollbackIfOpen()
                return nil
            }
            let last = try found[2].first.map { row in try LedgerCheckpoint(row) }
            var tree = try await tree(at: last, leaves: try found[3][0].optionalInt64(0), connection)
            let start = tree.size
            var nodes: [(node: MerkleNode, hash: [UInt8])] = []
            for entry in entries { nodes += tree.append(entry.hash) }
            let root = tree.root
            let epoch = try Self.epoch(found[5], with: entries.last { $0.index.partition == 0 }?.index.number)
            let made = LedgerCheckpoint(
                size: tree.size, root: root, note: signer.note(size: tree.size, root: root, epoch: epoch))
            var statements = [TreeStatements.insert(leaves: entries, from: start)]
            if !nodes.isEmpty { statements.append(TreeStatements.insert(nodes: nodes)) }
            statements.append(
                Statement(Self.insertCheckpoint, [.int8(made.size), .bytes(made.root), .text(made.note)]))
            _ = try await connection.run(statements + [Statement("COMMIT")])
            let counts = entries.reduce(into: [:]) { $0[$1.index.partition, default: 0] += 1 }
            return (made, counts.values.contains { $0 == Self.mostOfPartition })
        }
    }

    /// The epoch of a tree whose last number of partition 0 is `last`, or else the last one folded before.
    private static func epoch(_ rows: Rows, with last: Int64?) throws -> Int64 {
        for row in rows {
            if let last = try last ?? row.optionalInt64(2), last >= (try row.int64(1)) { return try row.int64(0) }
        }
        return 0
    }

    /// The tree's edge, checked against the signed head: a tree that was changed since is not signed again. The last
    /// position is checked too, since entries whose leaves were deleted at the end would be folded once more.
    private func tree(
        at last: LedgerCheckpoint?, leaves lastPosition: Int64?, _ connection: Connection
    ) async throws -> MerkleFrontier {
        let size = last?.size ?? 0
        guard (0...LedgerBounds.size).contains(size), (lastPosition ?? -1) == size - 1 else {
            throw LedgerError.treeWasChanged(size: size)
        }
        guard let last else { return MerkleFrontier() }
        let rows = try await connection.run(TreeStatements.read(MerkleFrontier.nodes(of: last.size)))
        let signed = Checkpoint(note: last.note, verifiedBy: signer.verifierKeys)
        guard let tree = MerkleFrontier(size: last.size, hashes: try TreeStatements.hashes(rows)),
            let epoch = signed?.epoch(of: signer.origin),
            signed == Checkpoint(ledger: signer.origin, epoch: epoch, size: last.size, root: tree.root)
        else { throw LedgerError.treeWasChanged(size: last.size) }
        return tree
    }
}
