/// Computes the subtrees of a proof (RFC 9162, sections 2.1.3.1 and 2.1.4.1), and the stored nodes of each subtree.
enum MerklePath {
    /// The subtrees, as ranges of leaves, whose roots prove that a leaf is in the tree of the first `size` leaves.
    static func inclusion(of leaf: Int64, in size: Int64) -> [Range<Int64>] {
        precondition(leaf >= 0 && leaf < size, "the leaf is not in the tree")
        var path: [Range<Int64>] = []
        var tree = 0..<size
        while tree.count > 1 {
            let middle = tree.lowerBound + split(Int64(tree.count))
            if leaf < middle {
                path.append(middle..<tree.upperBound)
                tree = tree.lowerBound..<middle
            } else {
                path.append(tree.lowerBound..<middle)
                tree = middle..<tree.upperBound
            }
        }
        return path.reversed()
    }

    /// The subtrees whose roots prove that the tree of `first` leaves is the beginning of the one of `second`.
    static func consistency(from first: Int64, to second: Int64) -> [Range<Int64>] {
        precondition(first >= 0 && first <= second, "a tree does not shrink")
        guard first > 0 else { return [] }
        var path: [Range<Int64>] = []
        var tree = 0..<second
        while tree.upperBound > first {
            let middle = tree.lowerBound + split(Int64(tree.count))
            if first <= middle {
                path.append(middle..<tree.upperBound)
                tree = tree.lowerBound..<middle
            } else {
                path.append(tree.lowerBound..<middle)
                tree = middle..<tree.upperBound
            }
        }
        // The verifier knows the first tree's root, so that a proof does not contain it.
        if tree.lowerBound > 0 { path.append(tree) }
        return path.reversed()
    }

    /// The complete subtrees that a range of leaves consists of, from the left: one for each bit set in its length. The
    /// range has to begin where a subtree of its size can begin.
    static func nodes(of leaves: Range<Int64>) -> [MerkleNode] {
        var nodes: [MerkleNode] = []
        var start = leaves.lowerBound
        while start < leaves.upperBound {
            let level = 63 - (leaves.upperBound - start).leadingZeroBitCount
            nodes.append(MerkleNode(level: level, index: start >> Int64(level)))
            start += 1 << Int64(level)
        }
        return nodes
    }

    /// The root over complete subtrees, given from the left, largest first.
    static func root(over hashes: some BidirectionalCollection<[UInt8]>) -> [UInt8] {
        guard let last = hashes.last else { return MerkleHash.empty }
        return hashes.dropLast().reversed().reduce(last) { MerkleHash.node($1, $0) }
    }

    /// The largest power of two below `count`, which is above 1.
    private static func split(_ count: Int64) -> Int64 {
        1 << Int64(63 - (count - 1).leadingZeroBitCount)
    }
}
