/// A tree's right-hand edge: the roots of its complete subtrees. It suffices to append leaves and to compute the root,
/// and has one hash for each bit set in the size.
package struct MerkleFrontier: Sendable {
    /// Leaves in the tree.
    package private(set) var size: Int64
    /// Largest subtree first.
    private var hashes: [[UInt8]]

    /// The tree without leaves.
    package init() {
        size = 0
        hashes = []
    }

    /// The edge of a tree of `size` leaves from the hashes at `nodes(of: size)`; nil where their number is another.
    package init?(size: Int64, hashes: [[UInt8]]) {
        guard size >= 0, hashes.count == size.nonzeroBitCount else { return nil }
        self.size = size
        self.hashes = hashes
    }

    /// Where the edge of a tree of `size` leaves is stored, in the order of `init(size:hashes:)`.
    package static func nodes(of size: Int64) -> [MerkleNode] { MerklePath.nodes(of: 0..<size) }

    /// The root of the tree (RFC 9162, section 2.1.1).
    package var root: [UInt8] { MerklePath.root(over: hashes) }

    /// Appends a leaf; returns the subtrees above the leaf that it completed, the lowest first.
    package mutating func append(_ leafHash: [UInt8]) -> [(node: MerkleNode, hash: [UInt8])] {
        var completed: [(node: MerkleNode, hash: [UInt8])] = []
        var hash = leafHash
        for level in 0..<size.trailingOneBitCount {
            hash = MerkleHash.node(hashes.removeLast(), hash)
            completed.append((MerkleNode(level: level + 1, index: size >> Int64(level + 1)), hash))
        }
        hashes.append(hash)
        size += 1
        return completed
    }
}

extension Int64 {
    /// Ones at the low end: how many subtrees one more leaf completes.
    var trailingOneBitCount: Int { (~self).trailingZeroBitCount }
}
