/// Recomputes the tree and compares it with the stored nodes. A hash over leaves that are already reported is suspect:
/// if it differs from the stored one, that is not reported again.
struct AuditTree {
    private(set) var size: Int64 = 0
    private var edge: [(hash: [UInt8], isSuspect: Bool)] = []

    var root: [UInt8] { MerklePath.root(over: edge.map(\.hash)) }
    /// Whether any leaf of the tree was reported.
    var isSuspect: Bool { edge.contains(where: \.isSuspect) }

    /// Appends a leaf; returns the lowest subtrees that it completed whose stored hash is another or missing.
    mutating func append(_ leafHash: [UInt8], isSuspect: Bool, stored: [MerkleNode: [UInt8]]) -> [MerkleNode] {
        var changed: [MerkleNode] = []
        var top = (hash: leafHash, isSuspect: isSuspect)
        for level in 0..<size.trailingOneBitCount {
            let left = edge.removeLast()
            top = (MerkleHash.node(left.hash, top.hash), left.isSuspect || top.isSuspect)
            let node = MerkleNode(level: level + 1, index: size >> Int64(level + 1))
            if !top.isSuspect, stored[node] != top.hash {
                changed.append(node)
                top.isSuspect = true
            }
        }
        edge.append(top)
        size += 1
        return changed
    }
}
