import Models

/// The extent and the findings of an audit.
package struct LedgerReport: Sendable {
    /// The number of findings that are kept: the first ones, since more would say nothing new.
    static let mostFindings = 1000

    /// Entries in the tree.
    package internal(set) var folded: Int64 = 0
    /// Entries that the next fold will take. Until then, for up to a second, no signature covers them, and the
    /// database's owner can replace one unnoticed.
    package internal(set) var unfolded: Int64 = 0
    /// Stored checkpoints that were verified.
    package internal(set) var checkpoints: Int64 = 0
    /// The last stored checkpoint that the ledger's key signed.
    package internal(set) var head: LedgerCheckpoint?
    /// The faults found, in no particular order.
    package private(set) var findings: [LedgerFinding] = []
    /// Whether there were more findings than are kept.
    package private(set) var isCut = false

    /// Whether nothing is wrong.
    package var isClean: Bool { findings.isEmpty }

    mutating func add(_ finding: LedgerFinding) {
        guard findings.count < Self.mostFindings else {
            isCut = true
            return
        }
        findings.append(finding)
    }

    /// Fills in entries, finding by finding.
    mutating func locate(_ entries: (LedgerFinding) async throws -> [LedgerIndex]) async rethrows {
        for place in findings.indices { findings[place].entries = try await entries(findings[place]) }
    }
}
