/// Proof that a leaf is in a tree (RFC 9162, section 2.1.3).
package struct InclusionProof: Sendable, Equatable {
    /// The leaf's position, from 0.
    package let leafIndex: Int64
    /// Leaves in the tree.
    package let size: Int64
    /// The path's hashes, from the leaf up.
    package let hashes: [[UInt8]]

    /// A proof, to be verified.
    package init(leafIndex: Int64, size: Int64, hashes: [[UInt8]]) {
        self.leafIndex = leafIndex
        self.size = size
        self.hashes = hashes
    }

    /// Whether it proves that the leaf with this hash is in the tree with this root (section 2.1.3.2).
    package func isValid(leafHash: [UInt8], root: [UInt8]) -> Bool {
        guard leafIndex >= 0, leafIndex < size else { return false }
        var place = leafIndex
        var last = size - 1
        var hash = leafHash
        for sibling in hashes {
            guard last > 0, sibling.count == MerkleHash.length else { return false }
            if place & 1 == 1 || place == last {
                hash = MerkleHash.node(sibling, hash)
                while place & 1 == 0, place > 0 {
                    place >>= 1
                    last >>= 1
                }
            } else {
                hash = MerkleHash.node(hash, sibling)
            }
            place >>= 1
            last >>= 1
        }
        return last == 0 && hash == root
    }
}
