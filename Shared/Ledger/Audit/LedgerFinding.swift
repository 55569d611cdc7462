package import Models

/// A fault of the ledger, with its place. Names indexes and sizes, no content of an entry.
package struct LedgerFinding: Sendable, Hashable {
    /// The sort of change.
    package enum Kind: String, Sendable, CaseIterable {
        /// The entry's content differs from the recorded one.
        case edited
        /// The entry is gone: it was recorded, or has a lower number than one that was.
        case missing
        /// The entry has another entry's content, or another place in the order.
        case moved
        /// The entry was not recorded in its turn: it is not in the tree though later ones are, or its place is
        /// impossible.
        case inserted
        /// Hashes of the tree over these entries were changed, and perhaps one of the entries too.
        case rewritten
        /// Entries are in the tree without a signed checkpoint over them, though one transaction writes both.
        case unsigned
        /// A stored checkpoint is not one that the ledger's key signed.
        case forgedCheckpoint
        /// A checkpoint was signed over more entries than there are.
        case truncated
        /// A checkpoint from outside was signed over entries that the database had lost when a new history began (X5).
        case lost
        /// A checkpoint from outside contradicts this ledger: its history was replaced.
        case contradicted
        /// A note from outside is no checkpoint of this ledger.
        case unknownNote
        /// Evidence is gone, and no entry says that it was erased.
        case evidenceMissing
        /// Evidence does not match the entry's commitment.
        case evidenceChanged
    }

    /// The sort of change.
    package let kind: Kind
    /// The entries concerned, sixteen at most.
    package internal(set) var entries: [LedgerIndex] = []
    /// For `moved`, the entry to which the content belongs, where that is known.
    package var origin: LedgerIndex?
    /// Positions in the tree.
    package var positions: Range<Int64>?
    /// The size of the checkpoint concerned.
    package var size: Int64?
    /// For `lost`, when the new history began.
    package var at: String?

    package init(
        kind: Kind, entries: [LedgerIndex] = [], origin: LedgerIndex? = nil, positions: Range<Int64>? = nil,
        size: Int64? = nil, at: String? = nil
    ) {
        self.kind = kind
        self.entries = entries
        self.origin = origin
        self.positions = positions
        self.size = size
        self.at = at
    }
}

extension LedgerFinding: CustomStringConvertible {
    /// In one line.
    package var description: String {
        var text = kind.rawValue
        if !entries.isEmpty { text += " " + entries.map(\.description).joined(separator: ", ") }
        if let origin { text += ", content of \(origin)" }
        if let positions {
            let last = positions.upperBound - 1
            text += ", in the tree at \(positions.lowerBound)" + (positions.count > 1 ? " to \(last)" : "")
        }
        if let size { text += ", checkpoint of \(size)" }
        if let at { text += ", at \(at)" }
        return text
    }
}
