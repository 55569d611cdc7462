import Models
import PostgreSQL

/// One running audit: it reads the leaves in the tree's order, then all entries in the order of their indexes.
struct AuditRun {
    /// Positions that may be missing in a row; at a longer hole the audit stops following the tree.
    private static let longestHole: Int64 = 1_000_000
    /// Signed roots that are kept, since a later history's first entry names the root after which it begins.
    private static let mostRoots = 64
    /// Entries that a finding names.
    private static let mostNamed = 16

    let connection: Connection
    let origin: String
    let keys: [NoteVerifierKey]

    private var report = LedgerReport()
    private var tree = AuditTree()
    private var entries = AuditedEntries()
    /// Entries whose leaf is in the tree and whose row is gone.
    private var missing: Set<LedgerIndex> = []
    /// The last number of each partition in the tree.
    private var heads: [Int: Int64] = [:]
    /// The largest size at which the recomputed root equals the signed one.
    private var provenSize: Int64 = 0
    private var signedRoots: [(size: Int64, root: String)] = [(0, base64(MerkleHash.empty))]
    private var signedSize: Int64 = 0
    private var isContradicted = false
    /// Checkpoints from outside, and the recomputed roots at their sizes.
    private var outside: [(epoch: Int64, checkpoint: Checkpoint)] = []
    private var compared: [Int64: (root: [UInt8], provenSize: Int64)] = [:]

    init(connection: Connection, origin: String, keys: [NoteVerifierKey]) {
        self.connection = connection
        self.origin = origin
        self.keys = keys.filter { $0.name == origin }
    }

    /// Adds signed notes from outside, to be compared with the tree.
    mutating func expect(_ notes: [String]) {
        for note in notes {
            guard let checkpoint = Checkpoint(note: note, verifiedBy: keys), let epoch = checkpoint.epoch(of: origin)
            else {
                report.add(LedgerFinding(kind: .unknownNote))
                continue
            }
            outside.append((epoch, checkpoint))
        }
    }

    /// Reads and compares the leaves with their entries, the nodes and the checkpoints.
    mutating func readTree() async throws {
        compareOutside()
        while true {
            let leaves = try await connection.run(AuditStatements.leaves(after: tree.size - 1))
            guard let last = try leaves.last?.int64(0) else { break }
            let positions = tree.size..<last + 1
            guard Int64(positions.count) <= Self.longestHole + Int64(leaves.count) else {
                report.add(LedgerFinding(kind: .missing, positions: positions.lowerBound..<last))
                break
            }
            let found = try await connection.run([
                AuditStatements.nodes(completedBy: positions),
                AuditStatements.checkpoints(after: positions.lowerBound, to: positions.upperBound),
            ])
            var nodes: [MerkleNode: [UInt8]] = [:]
            for row in found[0] {
                nodes[MerkleNode(level: Int(try row.int64(0)), index: try row.int64(1))] = try row.bytes(2)
            }
            let checkpoints = try found[1].map { row in try LedgerCheckpoint(row) }
            try take(leaves, nodes, checkpoints)
        }
        report.folded = tree.size
        let outside = try await connection.run(AuditStatements.leavesOutside(limit: Self.mostNamed))
        if !outside.isEmpty {
            let entries = try outside.map { row in try row.ledgerIndex(0, 1, 2) }
            report.add(LedgerFinding(kind: .inserted, entries: entries))
        }
        for row in try await connection.run(AuditStatements.surplusNodes(of: tree.size)) {
            let node = MerkleNode(level: Int(try row.int64(0)), index: try row.int64(1))
            report.add(LedgerFinding(kind: .rewritten, positions: node.leaves))
        }
    }

    private mutating func take(
        _ leaves: Rows, _ nodes: [MerkleNode: [UInt8]], _ checkpoints: [LedgerCheckpoint]
    ) throws {
        var checkpoints = checkpoints[...]
        for row in leaves {
            let position = try row.int64(0)
            if position > tree.size {
                report.add(LedgerFinding(kind: .missing, positions: tree.size..<position))
                // The hashes of missing leaves are lost; placeholders keep the positions, so that the other leaves are
                // compared.
                while tree.size < position { append(MerkleHash.empty, isSuspect: true, nodes, &checkpoints) }
            }
            try take(row)
            append(try row.bytes(3), isSuspect: false, nodes, &checkpoints)
        }
    }

    private mutating func take(_ row: Row) throws {
        let index = try row.ledgerIndex(1, 2, 9)
        let positions = tree.size..<tree.size + 1
        if let leaf = try row.optionalText(4) {
            let isRight = entries.take(
                index, at: tree.size, leaf: leaf, hashes: [try row.bytes(3), try row.bytes(5)],
                evidence: try row.ledgerEvidence(6))
            if let opening = entries.openings.last, opening.index == index,
                !signedRoots.contains(where: { $0.size == opening.size && $0.root == opening.root })
            {
                // The history does not begin after a signed root, so its first entry is forged.
                report.add(LedgerFinding(kind: .edited, entries: [index], positions: positions))
            }
            if isRight, index.number <= heads[index.partition, default: 0] {
                report.add(LedgerFinding(kind: .moved, entries: [index], positions: positions))
            }
        } else {
            missing.insert(index)
            report.add(LedgerFinding(kind: .missing, entries: [index], positions: positions))
        }
        if index.number <= LedgerBounds.number {
            heads[index.partition] = max(heads[index.partition, default: 0], index.number)
        }
    }

    private mutating func append(
        _ hash: [UInt8], isSuspect: Bool, _ nodes: [MerkleNode: [UInt8]],
        _ checkpoints: inout ArraySlice<LedgerCheckpoint>
    ) {
        for node in tree.append(hash, isSuspect: isSuspect, stored: nodes) {
            report.add(LedgerFinding(kind: .rewritten, positions: node.leaves))
        }
        while let checkpoint = checkpoints.first, checkpoint.size <= tree.size {
            checkpoints.removeFirst()
            compare(checkpoint)
        }
        compareOutside()
    }

    /// Reports only the first signed root that differs, which tells the fold; all later ones differ too.
    private mutating func compare(_ checkpoint: LedgerCheckpoint) {
        guard isSigned(checkpoint, in: entries.openings.last?.epoch ?? 0) else { return }
        signedSize = checkpoint.size
        if checkpoint.root == tree.root {
            provenSize = checkpoint.size
            signedRoots = signedRoots.suffix(Self.mostRoots - 1) + [(checkpoint.size, base64(tree.root))]
        } else if !isContradicted {
            isContradicted = true
            if !tree.isSuspect {
                report.add(
                    LedgerFinding(kind: .rewritten, positions: provenSize..<checkpoint.size, size: checkpoint.size))
            }
        }
    }

    /// Whether the ledger's key signed the checkpoint. `epoch`: the tree's; nil where its entries are gone.
    private mutating func isSigned(_ checkpoint: LedgerCheckpoint, in epoch: Int64?) -> Bool {
        report.checkpoints += 1
        let signed = Checkpoint(note: checkpoint.note, verifiedBy: keys)
        if let found = signed?.epoch(of: origin), found == epoch ?? found,
            signed == Checkpoint(ledger: origin, epoch: found, size: checkpoint.size, root: checkpoint.root)
        {
            report.head = checkpoint  // they are read in the order of their sizes
            return true
        }
        report.add(LedgerFinding(kind: .forgedCheckpoint, size: checkpoint.size))
        return false
    }

    private mutating func compareOutside() {
        if outside.contains(where: { $0.checkpoint.size == tree.size }) {
            compared[tree.size] = (tree.root, provenSize)
        }
    }

    /// Compares the checkpoints from outside. A checkpoint of an earlier history must match this tree up to the size at
    /// which the next history began; entries that it covers beyond that are lost.
    private mutating func judgeOutside() {
        for (epoch, checkpoint) in outside.sorted(by: { $0.checkpoint.size < $1.checkpoint.size }) {
            let size = checkpoint.size
            if let next = entries.openings.first(where: { $0.epoch > epoch }), size > next.size {
                report.add(LedgerFinding(kind: .lost, positions: next.size..<size, size: size, at: next.at))
            } else if epoch != 0, !entries.openings.contains(where: { $0.epoch == epoch }) {
                // A whole history was lost, unless no later one has begun.
                let next = entries.openings.first { $0.epoch > epoch }
                report.add(
                    LedgerFinding(
                        kind: next == nil ? .contradicted : .lost, positions: 0..<size, size: size, at: next?.at))
            } else if size > tree.size {
                report.add(LedgerFinding(kind: .truncated, positions: tree.size..<size, size: size))
            } else if let tree = compared[size], tree.root != checkpoint.root {
                report.add(LedgerFinding(kind: .contradicted, positions: tree.provenSize..<size, size: size))
            }
        }
    }

    /// Reads checkpoints over more entries than the tree has.
    mutating func readCheckpointsBeyond() async throws {
        for row in try await connection.run(AuditStatements.checkpoints(beyond: tree.size)) {
            let checkpoint = try LedgerCheckpoint(row)
            guard isSigned(checkpoint, in: nil) else { continue }
            signedSize = checkpoint.size
            report.add(
                LedgerFinding(kind: .truncated, positions: tree.size..<checkpoint.size, size: checkpoint.size))
        }
        if tree.size > signedSize {
            report.add(LedgerFinding(kind: .unsigned, positions: signedSize..<tree.size))
        }
        judgeOutside()
    }

    /// Reads all entries, to find holes in the numbers and entries that are not in the tree.
    mutating func readEntries() async throws {
        var last = LedgerIndex(partition: -1, number: 0)
        while true {
            let rows = try await connection.run(AuditStatements.entries(after: last))
            for row in rows {
                let index = try row.ledgerIndex(0, 1, 8)
                guard index.number <= LedgerBounds.number else {
                    report.add(LedgerFinding(kind: .inserted, entries: [index]))
                    last = index
                    continue
                }
                let before = index.partition == last.partition ? last.number : 0
                reportHole(index.partition, before + 1..<max(index.number, before + 1))
                if try !row.bool(2) { try takeUnfolded(index, row) }
                last = index
            }
            guard rows.count == AuditStatements.page else { break }
        }
        for row in try await connection.run(AuditStatements.strayEvidence()) {
            let index = try row.ledgerIndex(0, 1, 2)
            if !missing.contains(index) { report.add(LedgerFinding(kind: .evidenceChanged, entries: [index])) }
        }
    }

    /// Reports missing numbers, save those of entries in the tree, which are reported already.
    private mutating func reportHole(_ partition: Int, _ numbers: Range<Int64>) {
        let named = numbers.lazy.map { LedgerIndex(partition: partition, number: $0) }
            .prefix(missing.count + Self.mostNamed).filter { [missing] in !missing.contains($0) }
        guard !named.isEmpty else { return }
        report.add(LedgerFinding(kind: .missing, entries: Array(named.prefix(Self.mostNamed))))
    }

    private mutating func takeUnfolded(_ index: LedgerIndex, _ row: Row) throws {
        let isRight = entries.take(
            index, at: nil, leaf: try row.text(3), hashes: [try row.bytes(4)], evidence: try row.ledgerEvidence(5))
        if index.number > heads[index.partition, default: 0] {
            report.unfolded += 1
        } else if isRight {
            report.add(LedgerFinding(kind: .inserted, entries: [index]))
        }
    }

    /// Returns the report; adds the entries to findings that have only positions.
    mutating func conclude() async throws -> LedgerReport {
        entries.report(into: &report)
        var report = report
        try await report.locate { finding in
            guard finding.entries.isEmpty, finding.kind != .lost, let positions = finding.positions else {
                return finding.entries
            }
            let rows = try await connection.run(AuditStatements.entries(at: positions, limit: Self.mostNamed))
            return try rows.map { row in try row.ledgerIndex(0, 1, 2) }
        }
        return report
    }
}
