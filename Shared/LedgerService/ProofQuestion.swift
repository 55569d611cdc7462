import Ledger
package import Models
package import PostgreSQL

/// Timeout for an entry's checkpoint, which usually comes within a second (X1).
private let patience = Duration.seconds(5)

/// The data of `consent.proof` and `vault.proof`: proves that an entry is included in a service's ledger (X1).
package struct ProofQuestion: Sendable {
    private let index: LedgerIndex

    package init(reading data: Reader) throws(Refusal) {
        guard let index = LedgerIndex(try data.text("index")) else {
            throw data.refusal("index", "must be an entry's index, such as 3-1042")
        }
        self.index = index
    }

    /// Waits for the next checkpoint if need be. `pool`: the database of the ledger.
    package func answer(_ pool: Pool) async throws -> JSON {
        do {
            guard let proof = try await LedgerReader(pool).proof(of: index, waiting: patience) else {
                throw Refusal(.notFound, "the ledger holds no such entry", at: "/data/index")
            }
            return proof.json
        } catch LedgerError.notSignedYet {
            throw Refusal(.unavailable, "the entry has no checkpoint yet; ask again")
        } catch is LedgerError {
            throw Refusal(.failed, "rows that the proof consists of are gone; ask for an audit")
        }
    }
}
