import Models

/// What an audit looked at and what it found.
public struct LedgerReport: Sendable {
    /// More than these say nothing new; the first ones are kept.
    static let mostFindings = 1000

    /// Entries in the tree.
    public internal(set) var folded: Int64 = 0
    /// Entries that the next fold will take. Until then nothing is signed over them: within a second of its recording
    /// whoever owns the database can still replace one unseen.
    public internal(set) var unfolded: Int64 = 0
    /// Stored checkpoints that were verified.
    public internal(set) var checkpoints: Int64 = 0
    /// The last stored checkpoint that the ledger's key signed.
    public internal(set) var head: LedgerCheckpoint?
    /// What is wrong, in no particular order.
    public private(set) var findings: [LedgerFinding] = []
    /// Whether there were more findings than are kept.
    public private(set) var isCut = false

    /// Whether nothing is wrong.
    public var isClean: Bool { findings.isEmpty }

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
