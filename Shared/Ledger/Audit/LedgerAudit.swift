package import PostgreSQL

/// Recomputes the whole ledger from its rows, and reports which entries were edited, deleted, reordered, inserted or
/// cut off.
///
/// Everything up to the last stored checkpoint is compared with signatures, which cannot be forged without the key. The
/// rows alone cannot show a rollback: the database's owner can delete the last checkpoints together with all entries
/// folded since, or restore an old backup; the result is a valid ledger, only shorter or grown anew. Checkpoints from
/// outside reveal it: from mails, receipts, certificates, another party's logs.
package struct LedgerAudit: Sendable {
    private let pool: Pool
    private let origin: String
    private let keys: [NoteVerifierKey]

    /// An audit of the ledger of this name in the pool's schema. `keys` are all that ever signed for it.
    package init(_ pool: Pool, origin: String, keys: [NoteVerifierKey]) {
        self.pool = pool
        self.origin = origin
        self.keys = keys
    }

    /// Reads everything in one snapshot, while the ledger grows; compares it with notes from outside.
    package func run(against outside: [String] = []) async throws -> LedgerReport {
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
