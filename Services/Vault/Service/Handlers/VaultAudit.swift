import Ledger
import Messaging
import Models
import Settings

/// Maximum checkpoints that one audit is compared with, and maximum bytes of each; one has about 250 bytes plus a line
/// for each witness.
private let mostNotes = 16
private let longestNote = 8192

/// `vault.audit` †: checks the whole ledger behind the access log and reports manual changes (X1).
///
/// The caller can verify the answer: `checkpoint` is signed, and `consistency` proves that it extends the checkpoints
/// that the caller has kept.
struct VaultAudit: QueryHandler {
    static let type = "vault.audit"
    static let exchange = Exchange.requests

    private let since: [String]

    static var permission: Permission? { .readAccessLog }

    init(reading data: Reader) throws(Refusal) {
        var since: [String] = []
        for (json, pointer) in data.optional("since") == nil ? [] : try data.array("since", limit: mostNotes) {
            guard let note = json.text else { throw Refusal(.invalidField, "must be a string", at: pointer) }
            guard note.utf8.count <= longestNote else {
                throw Refusal(.tooLarge, "is longer than \(longestNote) bytes", at: pointer)
            }
            since.append(note)
        }
        self.since = since
    }

    func answer(_ context: QueryContext<VaultEnvironment>) async throws -> JSON {
        guard let ledger = context.environment.ledger else { throw Refusal(.unavailable, "there is no ledger here") }
        let audit = LedgerAudit(context.pool, origin: ledger.signer.origin, keys: ledger.signer.verifierKeys)
        guard let report = try await ledger.auditing({ try await audit.run(against: since) }) else {
            throw Refusal(.unavailable, "another audit is under way; ask again")
        }
        var consistency: [JSON] = []
        for note in since {
            let checkpoint = Checkpoint(note: note, verifiedBy: ledger.signer.verifierKeys)
            consistency.append(await proof(from: checkpoint?.size, to: report.head?.size, context) ?? .null)
        }
        return [
            "folded": .number(String(report.folded)), "unfolded": .number(String(report.unfolded)),
            "checkpoints": .number(String(report.checkpoints)),
            "findings": .array(report.findings.map(\.json)), "more": .bool(report.isCut),
            "checkpoint": .text(report.head?.note) ?? .null, "consistency": .array(consistency),
        ]
    }

    /// A consistency proof; nil if the tree is shorter, or if rows are missing, which the findings report.
    private func proof(
        from first: Int64?, to second: Int64?, _ context: QueryContext<VaultEnvironment>
    ) async -> JSON? {
        guard let first, let second, first <= second else { return nil }
        return try? await LedgerReader(context.pool).consistency(from: first, to: second).json
    }
}
