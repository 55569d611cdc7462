import Ledger
import Messaging
import Models
import Settings

/// Timeout for an entry's checkpoint, which usually comes within a second (X1).
private let patience = Duration.seconds(5)

/// `vault.proof` †: proves that an entry of the access log is included in the ledger (X1).
struct VaultProof: QueryHandler {
    static let type = "vault.proof"
    static let exchange = Exchange.requests

    private let index: LedgerIndex

    static var permission: Permission? { .readAccessLog }

    init(reading data: Reader) throws(Refusal) {
        guard let index = LedgerIndex(try data.text("index")) else {
            throw data.refusal("index", "must be an entry's index, such as 3-1042")
        }
        self.index = index
    }

    func answer(_ context: QueryContext<VaultEnvironment>) async throws -> JSON {
        do {
            guard let proof = try await LedgerReader(context.pool).proof(of: index, waiting: patience) else {
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
