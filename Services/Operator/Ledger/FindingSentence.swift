import Ledger
import Models

extension LedgerFinding {
    /// The place and kind of the finding, for the operator.
    var sentence: String { "\(place): \(event)" }

    private var place: String {
        switch kind {
        case .forgedCheckpoint: size.map { "checkpoint over \($0) entries" } ?? "the last checkpoint"
        case .unknownNote: "a kept checkpoint"
        case .truncated, .contradicted, .lost: "the ledger"
        case .edited, .missing, .moved, .inserted, .rewritten, .unsigned, .evidenceMissing, .evidenceChanged:
            entries.isEmpty ? "at \(span)" : named
        }
    }

    private var named: String {
        let names = entries.map(\.description).joined(separator: ", ")
        let isMore = positions.map { $0.count > entries.count } ?? false
        return (entries.count == 1 ? "entry " : "entries ") + names + (isMore ? " and more" : "")
    }

    private var span: String {
        guard let positions, let last = positions.last else { return "the end of the tree" }
        return positions.count == 1 ? "\(last) in the tree" : "\(positions.lowerBound) to \(last) in the tree"
    }

    /// The position in the tree, added after an entry's name if it is more exact.
    private var located: String { positions == nil || entries.isEmpty ? "" : ", at \(span)" }

    private var event: String {
        switch kind {
        case .edited: "edited, it is not what was recorded\(located)"
        case .missing: "deleted, it was recorded and is gone\(located)"
        case .moved:
            "reordered, " + (origin.map { "it holds what was recorded as \($0)" } ?? "it stands in another's place")
                + located
        case .inserted: "inserted, it was not recorded in its turn"
        case .rewritten: "hashes over these were changed, and one of them may have been\(located)"
        case .unsigned: "no checkpoint is signed over these any more: one was deleted\(located)"
        case .forgedCheckpoint: "inserted or edited, the ledger's key has not signed it"
        case .truncated: "cut off after \(positions?.lowerBound ?? 0) entries, and there were \(size ?? 0)"
        case .lost:
            "history from entry \((positions?.lowerBound ?? 0) + 1) to \(size ?? 0) was lost"
                + (at.map { " at \($0)" } ?? "") + ", when the database was restored or a replica promoted; "
                + "this checkpoint does not show whether the entries before are as they were"
        case .contradicted:
            "written anew, it is not the one whose first \(size ?? 0) entries were signed"
                + (entries.isEmpty ? "" : "; it differs from \(entries[0]) on or later")
        case .unknownNote: "none of the keys has signed it: another ledger's, or the keys are not those of then"
        case .evidenceMissing: "its evidence (whose, and why) was deleted, and nothing says that it was erased"
        case .evidenceChanged: "its evidence (whose, and why) was edited or inserted"
        }
    }
}
