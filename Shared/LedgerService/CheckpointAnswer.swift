import Ledger
package import Models
package import PostgreSQL

/// The answer to `consent.checkpoint` and `vault.checkpoint`: the ledger's newest signed head, for keeping outside the
/// suite (X1). It holds no personal data and is also published as a fact.
package enum CheckpointAnswer {
    /// `pool`: the database of the ledger.
    package static func read(_ pool: Pool) async throws -> JSON {
        guard let checkpoint = try await LedgerReader(pool).checkpoint() else {
            throw Refusal(.notFound, "nothing was recorded yet")
        }
        return ["checkpoint": .string(checkpoint.note)]
    }
}
