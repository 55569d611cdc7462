import Ledger
import Models

/// The result of an audit. Signatures and consistency are checked here, so that the service need not be trusted.
struct AuditVerdict {
    /// The question to the service.
    struct Question {
        let keys: [NoteVerifierKey]
        /// Kept checkpoints of this ledger.
        fileprivate let known: [(witness: Witness, checkpoint: Checkpoint)]
        /// Kept notes that none of the keys has signed.
        fileprivate let foreign: [Witness]

        init(_ witnesses: [Witness], keys: [NoteVerifierKey]) {
            self.keys = keys
            let read = witnesses.map { ($0, Checkpoint(note: $0.note, verifiedBy: keys)) }
            known = read.compactMap { witness, checkpoint in checkpoint.map { (witness, $0) } }
            foreign = read.filter { $0.1 == nil }.map(\.0)
        }

        var data: JSON {
            known.isEmpty ? [:] : ["since": .array(known.map { .string($0.witness.note) })]
        }
    }

    /// A finding, with the kept checkpoint that revealed it, if there is one.
    struct Finding {
        let finding: LedgerFinding
        var witness: String?
    }

    private let answer: JSON
    private let keys: [NoteVerifierKey]
    private let folded: Int64
    private let head: Checkpoint?
    private let witnesses: Int
    private var holding: [(name: String, size: Int64)] = []
    /// Findings whose kind this release does not know.
    private var unknown: [JSON] = []
    private(set) var findings: [Finding] = []

    /// Throws if the reply is no audit report.
    init(_ answer: JSON, to question: Question) throws(Ending) {
        guard let folded = answer["folded"]?.integer, answer["unfolded"]?.integer != nil,
            answer["checkpoints"]?.integer != nil, let found = answer["findings"]?.elements,
            let proofs = answer["consistency"]?.elements, proofs.count == question.known.count
        else { throw Ending(.unreachable, "the reply is no report of an audit") }
        self.answer = answer
        keys = question.keys
        witnesses = question.known.count + question.foreign.count
        self.folded = folded
        head = answer["checkpoint"]?.text.flatMap { Checkpoint(note: $0, verifiedBy: question.keys) }
        for json in found {
            guard let finding = LedgerFinding(json) else {
                unknown.append(json)
                continue
            }
            let witness = question.known.first { $0.checkpoint.size == finding.size }?.witness.name
            let isFromOutside = [.contradicted, .truncated, .lost].contains(finding.kind)
            findings.append(Finding(finding: finding, witness: isFromOutside ? witness : nil))
        }
        checkHead()
        for (known, proof) in zip(question.known, proofs) { check(known.witness, known.checkpoint, proof) }
        for witness in question.foreign {
            findings.append(Finding(finding: LedgerFinding(kind: .unknownNote), witness: witness.name))
        }
        findings.sort { Self.order($0.finding) < Self.order($1.finding) }
    }

    /// Whether there are no findings.
    var isIntact: Bool { findings.isEmpty && unknown.isEmpty }

    /// Checks that the signed head covers exactly the entries that were read.
    private mutating func checkHead() {
        let size = head?.size ?? 0
        if head == nil, answer["checkpoint"]?.text != nil {
            add(LedgerFinding(kind: .forgedCheckpoint))
        } else if size < folded {
            add(LedgerFinding(kind: .unsigned, positions: size..<folded))
        } else if size > folded {
            add(LedgerFinding(kind: .truncated, positions: folded..<size, size: size))
        }
    }

    /// Checks that the ledger is consistent with a kept checkpoint.
    private mutating func check(_ witness: Witness, _ kept: Checkpoint, _ proof: JSON) {
        let size = head?.size ?? 0
        // A lost history is a finding already, because a loss can be an attempt to hide a change.
        if findings.contains(where: { $0.finding.kind == .lost && $0.finding.size == kept.size }) { return }
        guard kept.size <= size else {
            return add(LedgerFinding(kind: .truncated, positions: size..<kept.size, size: kept.size), witness.name)
        }
        if let head, Self.isLater(head, than: kept, keys),
            let proof = ConsistencyProof(first: kept.size, second: size, proof),
            proof.isValid(firstRoot: kept.root, secondRoot: head.root)
        {
            holding.append((witness.name, kept.size))
        } else {
            add(LedgerFinding(kind: .contradicted, positions: 0..<kept.size, size: kept.size), witness.name)
        }
    }

    /// Whether the head is of the same ledger, in the same or a later history.
    private static func isLater(_ head: Checkpoint, than kept: Checkpoint, _ keys: [NoteVerifierKey]) -> Bool {
        keys.contains { key in
            guard let now = head.epoch(of: key.name), let then = kept.epoch(of: key.name) else { return false }
            return now >= then
        }
    }

    /// Adds a finding, unless the service reported the same one.
    private mutating func add(_ finding: LedgerFinding, _ witness: String? = nil) {
        let isKnown = findings.contains { $0.finding.kind == finding.kind && $0.finding.size == finding.size }
        if !isKnown { findings.append(Finding(finding: finding, witness: witness)) }
    }

    private static func order(_ finding: LedgerFinding) -> (Int64, Int, Int64) {
        let index = finding.entries.first
        return (finding.positions?.lowerBound ?? .max, index?.partition ?? .max, index?.number ?? .max)
    }
}

extension AuditVerdict {
    /// The result as text.
    var lines: [String] {
        var lines: [String] = []
        let unfolded = answer["unfolded"]?.integer ?? 0
        let read =
            "\(folded) entries in the tree, \(unfolded) waiting for their checkpoint, "
            + "\(answer["checkpoints"]?.integer ?? 0) checkpoints"
        if isIntact, isEmpty {
            lines.append("nothing was ever recorded, or all is gone: an empty ledger shows neither")
        } else {
            let count = findings.count + unknown.count
            lines.append(isIntact ? "intact: \(read)" : "CHANGED: \(count) findings in \(read)")
        }
        lines += unknown.map { json in
            "a finding that this release does not know: \(json["what"]?.text ?? "without a name")"
        }
        lines += findings.map { $0.finding.sentence + ($0.witness.map { " (\($0))" } ?? "") }
        if hasMore { lines.append("and more of the kind") }
        lines += holding.map {
            "\($0.name): holds, the \($0.size) entries that were signed there are the first of these"
        }
        if let head { lines.append("the head: \(head.size) entries, \(head.origin)") }
        return lines
    }

    /// The result as JSON.
    var json: JSON {
        JSON(present: [
            "intact": .bool(isIntact), "folded": answer["folded"], "unfolded": answer["unfolded"],
            "checkpoints": answer["checkpoints"], "checkpoint": answer["checkpoint"],
            "findings": .array(
                findings.map { one in
                    let words = JSON(present: ["text": .string(one.finding.sentence), "witness": .text(one.witness)])
                    return .object((one.finding.json.members ?? []) + (words.members ?? []))
                }),
            "unknown": .array(unknown), "more": .bool(hasMore), "witnesses": .number(String(witnesses)),
            "holding": .array(holding.map { ["witness": .string($0.name), "size": .number(String($0.size))] }),
        ])
    }

    private var isEmpty: Bool { folded == 0 && answer["unfolded"]?.integer == 0 }

    private var hasMore: Bool { answer["more"] == true }
}
