/// Proof that a tree is the beginning of a later one (RFC 9162, section 2.1.4): nothing was changed or dropped since.
package struct ConsistencyProof: Sendable, Equatable {
    /// Leaves in the earlier tree.
    package let first: Int64
    /// Leaves in the later tree.
    package let second: Int64
    /// The proof's hashes, in the order of section 2.1.4.1.
    package let hashes: [[UInt8]]

    /// A proof, to be verified.
    package init(first: Int64, second: Int64, hashes: [[UInt8]]) {
        self.first = first
        self.second = second
        self.hashes = hashes
    }

    /// Whether it proves that the tree with root `firstRoot` is the beginning of the one with `secondRoot` (section
    /// 2.1.4.2). The empty tree is the beginning of each.
    package func isValid(firstRoot: [UInt8], secondRoot: [UInt8]) -> Bool {
        guard first >= 0, first <= second, hashes.allSatisfy({ $0.count == MerkleHash.length }) else { return false }
        if first == second { return hashes.isEmpty && firstRoot == secondRoot }
        if first == 0 { return hashes.isEmpty && firstRoot == MerkleHash.empty }
        // A first tree that is one complete subtree is left out of the proof.
        var path = first.nonzeroBitCount == 1 ? [firstRoot] + hashes : hashes
        guard !path.isEmpty else { return false }
        var place = first - 1
        var last = second - 1
        while place & 1 == 1 {
            place >>= 1
            last >>= 1
        }
        let start = path.removeFirst()
        var (early, late) = (start, start)
        for sibling in path {
            guard last > 0 else { return false }
            if place & 1 == 1 || place == last {
                early = MerkleHash.node(sibling, early)
                late = MerkleHash.node(sibling, late)
                while place & 1 == 0, place > 0 {
                    place >>= 1
                    last >>= 1
                }
            } else {
                late = MerkleHash.node(late, sibling)
            }
            place >>= 1
            last >>= 1
        }
        return last == 0 && early == firstRoot && late == secondRoot
    }
}
