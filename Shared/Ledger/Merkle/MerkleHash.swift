import Cryptography

/// The hashes of RFC 9162, section 2.1.1: the first hashed byte tells a leaf from a node.
package enum MerkleHash {
    /// Bytes of a hash (SHA-256).
    package static let length = 32
    /// The root of a tree without leaves: the hash of nothing.
    package static let empty = Digest.sha256([])

    /// The hash of a leaf's bytes.
    package static func leaf(_ bytes: [UInt8]) -> [UInt8] { Digest.sha256([0] + bytes) }

    /// The hash over two subtrees.
    package static func node(_ left: [UInt8], _ right: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = [1]
        bytes.reserveCapacity(1 + left.count + right.count)
        bytes += left
        bytes += right
        return Digest.sha256(bytes)
    }
}
