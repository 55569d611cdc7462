/// A complete subtree: leaves `index << level` up to `(index + 1) << level`. Its hash never changes once its leaves are
/// there.
package struct MerkleNode: Sendable, Hashable {
    /// 0 for a leaf.
    package let level: Int
    /// From 0, from the left.
    package let index: Int64

    /// A place in the tree.
    package init(level: Int, index: Int64) {
        self.level = level
        self.index = index
    }

    /// The leaves below it; nil for a place beyond `LedgerBounds.size`.
    var leaves: Range<Int64>? {
        guard level >= 0, level < Int64.bitWidth, (0..<LedgerBounds.size >> Int64(level)).contains(index) else {
            return nil
        }
        return index << Int64(level)..<(index + 1) << Int64(level)
    }
}
