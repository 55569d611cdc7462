import Models

/// Collects the entries' own statements until all are read: a later entry can explain a wrong hash (the entry was
/// moved) or missing evidence (it was erased).
struct AuditedEntries {
    private struct Mismatch {
        let index: LedgerIndex
        let position: Int64?
        /// The hash that the tree has in this place.
        let expected: [UInt8]
        let found: [UInt8]
        /// The index that the entry itself names.
        let own: LedgerIndex?
    }

    /// The beginning of a history after the first (X5).
    struct Opening {
        let epoch: Int64
        /// The size of the last checkpoint that was left of the previous history.
        let size: Int64
        /// That checkpoint's root, in base64.
        let root: String?
        let index: LedgerIndex
        let at: String?
    }

    /// The beginnings of later histories, in the tree's order.
    private(set) var openings: [Opening] = []
    private var mismatches: [Mismatch] = []
    private var withoutEvidence: Set<LedgerIndex> = []
    private var changedEvidence: [LedgerIndex] = []
    private var erased: Set<LedgerIndex> = []

    /// Adds an entry; `hashes` are the stored hashes of its leaf. Returns whether hashes and index match the leaf.
    mutating func take(
        _ index: LedgerIndex, at position: Int64?, leaf: String, hashes: [[UInt8]], evidence: LedgerEvidence?
    ) -> Bool {
        let found = MerkleHash.leaf([UInt8](leaf.utf8))
        let statement = try? JSON(parsing: [UInt8](leaf.utf8))
        let own = statement?[LedgerEntry.indexMember]?.text.flatMap { LedgerIndex($0) }
        let wrong = hashes.first { $0 != found }
        if wrong != nil || own != index {
            mismatches.append(
                Mismatch(index: index, position: position, expected: wrong ?? found, found: found, own: own))
        }
        guard wrong == nil, let statement else { return false }
        take(evidence, of: index, statement)
        if position != nil, own == index, statement["type"]?.text == LedgerEpoch.entryType {
            let size = statement["after"]?["size"]?.integer ?? 0
            openings.append(
                Opening(
                    epoch: index.epoch, size: max(size, 0), root: statement["after"]?["root"]?.text, index: index,
                    at: statement["at"]?.text))
        }
        return own == index
    }

    private mutating func take(_ evidence: LedgerEvidence?, of index: LedgerIndex, _ statement: JSON) {
        for entry in statement[LedgerEntry.erasesMember]?.elements ?? [] {
            if let entry = entry.text.flatMap({ LedgerIndex($0) }) { erased.insert(entry) }
        }
        guard let evidence else {
            if statement[LedgerEntry.commitmentMember]?.text != nil { withoutEvidence.insert(index) }
            return
        }
        if evidence.opened(by: statement) == nil { changedEvidence.append(index) }
    }

    /// Adds a finding for each fault.
    func report(into report: inout LedgerReport) {
        let places = Dictionary(mismatches.map { ($0.expected, $0.index) }) { first, _ in first }
        for mismatch in mismatches {
            // The place where the tree has this content's hash, or else the index that the content itself names.
            let origin = [places[mismatch.found], mismatch.own].compactMap(\.self).first { $0 != mismatch.index }
            report.add(
                LedgerFinding(
                    kind: origin == nil ? .edited : .moved, entries: [mismatch.index], origin: origin,
                    positions: mismatch.position.map { $0..<$0 + 1 }))
        }
        for index in withoutEvidence.subtracting(erased).sorted() {
            report.add(LedgerFinding(kind: .evidenceMissing, entries: [index]))
        }
        for index in changedEvidence {
            report.add(LedgerFinding(kind: .evidenceChanged, entries: [index]))
        }
    }
}
