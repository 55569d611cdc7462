public import Models

/// What is wrong with the ledger, and where. Names indexes and sizes, nothing that the entries say.
public struct LedgerFinding: Sendable, Hashable {
    /// The sort of change.
    public enum Kind: String, Sendable, CaseIterable {
        /// The entry is not what was recorded.
        case edited
        /// The entry was recorded, or lies below one that was, and is gone.
        case missing
        /// The entry is another one's content, or stands in another place of the order.
        case moved
        /// The entry stands where the tree has none: it was not recorded in its turn.
        case inserted
        /// Hashes of the tree were changed over these entries; one of them may have been.
        case rewritten
        /// Entries stand in the tree, and no checkpoint was signed over them, which happens in one transaction.
        case unsigned
        /// A stored checkpoint is not one that the ledger's key signed.
        case forgedCheckpoint
        /// A checkpoint was signed over more entries than there are.
        case truncated
        /// A checkpoint from outside was signed over entries that the database had lost when a new history began (X5).
        case lost
        /// A checkpoint from outside is not one of this ledger's past: history was replaced.
        case contradicted
        /// A note from outside is no checkpoint of this ledger.
        case unknownNote
        /// Evidence is gone, and no entry says that it was erased.
        case evidenceMissing
        /// Evidence is not what the entry's commitment says.
        case evidenceChanged
    }

    /// The sort of change.
    public let kind: Kind
    /// The entries concerned, sixteen at most.
    public internal(set) var entries: [LedgerIndex] = []
    /// For `moved`, the entry whose content it is, where that is known.
    public var origin: LedgerIndex?
    /// Where in the tree.
    public var positions: Range<Int64>?
    /// The size of the checkpoint concerned.
    public var size: Int64?
    /// For `lost`, when the new history began.
    public var at: String?

    /// A finding.
    public init(
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
    public var description: String {
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
