import Ledger
package import Models
package import PostgreSQL

/// Maximum checkpoints that one audit is compared with, and maximum bytes of each; one has about 250 bytes plus a line
/// for each witness.
private let mostNotes = 16
private let longestNote = 8192

/// The data of `consent.audit` and `vault.audit`: checks a service's whole ledger and reports manual changes (X1).
///
/// The caller can verify the answer: `checkpoint` is signed, and `consistency` proves that it extends the checkpoints
/// that the caller has kept.
package struct AuditQuestion: Sendable {
    private let since: [String]

    package init(reading data: Reader) throws(Refusal) {
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

    /// `pool`: the database of the ledger.
    package func answer(by ledger: ServiceLedger?, _ pool: Pool) async throws -> JSON {
        guard let ledger else { throw Refusal(.unavailable, "there is no ledger here") }
        let audit = LedgerAudit(pool, origin: ledger.signer.origin, keys: ledger.signer.verifierKeys)
        guard let report = try await ledger.auditing({ try await audit.run(against: since) }) else {
            throw Refusal(.unavailable, "another audit is under way; ask again")
        }
        var consistency: [JSON] = []
        for note in since {
            let checkpoint = Checkpoint(note: note, verifiedBy: ledger.signer.verifierKeys)
            consistency.append(await proof(from: checkpoint?.size, to: report.head?.size, pool) ?? .null)
        }
        return [
            "folded": .number(String(report.folded)), "unfolded": .number(String(report.unfolded)),
            "checkpoints": .number(String(report.checkpoints)),
            "findings": .array(report.findings.map(\.json)), "more": .bool(report.isCut),
            "checkpoint": .text(report.head?.note) ?? .null, "consistency": .array(consistency),
        ]
    }

    /// A consistency proof; nil if the tree is shorter, or if rows are missing, which the findings report.
    private func proof(from first: Int64?, to second: Int64?, _ pool: Pool) async -> JSON? {
        guard let first, let second, first <= second else { return nil }
        return try? await LedgerReader(pool).consistency(from: first, to: second).json
    }
}
