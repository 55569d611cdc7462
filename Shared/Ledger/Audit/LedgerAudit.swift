public import PostgreSQL

/// Recomputes the whole ledger from its rows, and says what was edited, deleted, reordered, inserted or cut off, and
/// where.
///
/// Everything up to the last stored checkpoint is held against signatures that nobody without the key can make. What
/// the rows alone cannot show is a rollback: whoever owns the database can delete the last checkpoints together with
/// all that was folded since, or put an old backup in its place, and what is left is a whole ledger, only shorter or
/// grown anew. That is found by checkpoints from outside: from mails, receipts, certificates, another party's logs.
public struct LedgerAudit: Sendable {
    private let pool: Pool
    private let origin: String
    private let keys: [NoteVerifierKey]

    /// An audit of the ledger of this name in the pool's schema. `keys` are all that ever signed for it.
    public init(_ pool: Pool, origin: String, keys: [NoteVerifierKey]) {
        self.pool = pool
        self.origin = origin
        self.keys = keys
    }

    /// Reads everything in one snapshot, while the ledger grows; notes from outside are held against it.
    public func run(against outside: [String] = []) async throws -> LedgerReport {
        try await pool.withConnection { connection in
            _ = try await connection.run(AuditStatements.begin)
            var run = AuditRun(connection: connection, origin: origin, keys: keys)
            run.expect(outside)
            try await run.readTree()
            try await run.readCheckpointsBeyond()
            try await run.readEntries()
            let report = try await run.conclude()
            try await connection.rollbackIfOpen()
            return report
        }
    }
}
