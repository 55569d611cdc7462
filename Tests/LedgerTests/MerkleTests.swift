import Testing

@testable import Ledger

/// Against a plain recursive model, for every size up to one beyond two to the seventh.
struct MerkleTests {
    private static let most: Int64 = 130
    private static let leaves = (0..<most).map { MerkleHash.leaf([UInt8]("\($0)".utf8)) }
    private static let roots = (0...most).map { Model.root(leaves, 0..<$0) }
    /// Each node as the frontier completed it.
    private static let stored: [MerkleNode: [UInt8]] = {
        var tree = MerkleFrontier()
        var nodes: [MerkleNode: [UInt8]] = [:]
        for (position, leaf) in leaves.enumerated() {
            nodes[MerkleNode(level: 0, index: Int64(position))] = leaf
            for (node, hash) in tree.append(leaf) { nodes[node] = hash }
        }
        return nodes
    }()

    private static func root(of range: Range<Int64>) throws -> [UInt8] {
        MerklePath.root(over: try MerklePath.nodes(of: range).map { try #require(stored[$0]) })
    }

    @Test("a tree grows by its edge alone, from each size")
    func frontier() throws {
        for size in 0...Self.most {
            let edge = try MerkleFrontier.nodes(of: size).map { try #require(Self.stored[$0]) }
            var tree = try #require(MerkleFrontier(size: size, hashes: edge))
            #expect(tree.root == Self.roots[Int(size)])
            #expect(MerkleFrontier(size: size, hashes: edge + [MerkleHash.empty]) == nil)
            for leaf in Self.leaves[Int(size)...].prefix(3) { _ = tree.append(leaf) }
            #expect(tree.root == Self.roots[Int(min(size + 3, Self.most))])
        }
        for (node, hash) in Self.stored {
            let leaves = try #require(node.leaves)
            #expect(hash == Model.root(Self.leaves, leaves))
        }
        #expect(Self.stored.count == (0..<8).reduce(0) { $0 + Int(Self.most) >> $1 })
    }

    @Test("every leaf of every tree is proved, from stored nodes, as the RFC defines it; anything else is not")
    func inclusion() throws {
        for size in 1...Self.most {
            let root = Self.roots[Int(size)]
            for leaf in 0..<size {
                let hashes = try MerklePath.inclusion(of: leaf, in: size).map(Self.root)
                #expect(hashes == Model.path(leaf, Self.leaves, 0..<size))
                let proof = InclusionProof(leafIndex: leaf, size: size, hashes: hashes)
                let hash = Self.leaves[Int(leaf)]
                #expect(proof.isValid(leafHash: hash, root: root))
                #expect(!proof.isValid(leafHash: hash, root: Self.roots[Int(size) - 1]))
                #expect(!proof.isValid(leafHash: Self.leaves[Int((leaf + 1) % Self.most)], root: root))
                try refuseChanges(of: proof, hash, root)
            }
        }
    }

    private func refuseChanges(of proof: InclusionProof, _ hash: [UInt8], _ root: [UInt8]) throws {
        let (leaf, size, hashes) = (proof.leafIndex, proof.size, proof.hashes)
        var others = [hashes + [hash], Array(hashes.dropLast()), Array(hashes.dropFirst())]
        if hashes.isEmpty { others = [[hash]] }
        if hashes.count > 1 { others.append(hashes.reversed()) }
        if let first = hashes.first { others.append([first + [0]] + hashes.dropFirst()) }
        for other in others where other != hashes {
            #expect(
                !InclusionProof(leafIndex: leaf, size: size, hashes: other).isValid(leafHash: hash, root: root))
        }
        // The size is part of what is proved.
        #expect(!InclusionProof(leafIndex: leaf, size: size * 4, hashes: hashes).isValid(leafHash: hash, root: root))
        for place in [leaf - 1, leaf + 1, size, -1] where place != leaf {
            #expect(
                !InclusionProof(leafIndex: place, size: size, hashes: hashes).isValid(leafHash: hash, root: root))
        }
    }

    @Test("every tree is proved to be the beginning of every later one; anything else is not")
    func consistency() throws {
        for second in 0...Self.most {
            for first in 0...second {
                let hashes = try MerklePath.consistency(from: first, to: second).map(Self.root)
                if first > 0 { #expect(hashes == Model.subproof(first, Self.leaves, 0..<second, true)) }
                let proof = ConsistencyProof(first: first, second: second, hashes: hashes)
                let (early, late) = (Self.roots[Int(first)], Self.roots[Int(second)])
                #expect(proof.isValid(firstRoot: early, secondRoot: late))
                let other = Self.roots[Int(first == second ? (first + 1) % Self.most : second)]
                #expect(!proof.isValid(firstRoot: other, secondRoot: first == second ? late : early))
                #expect(!proof.isValid(firstRoot: MerkleHash.leaf([1]), secondRoot: late))
                if first > 0 {
                    #expect(!proof.isValid(firstRoot: early, secondRoot: MerkleHash.leaf([1])))
                    let longer = ConsistencyProof(first: first, second: second * 4, hashes: hashes)
                    #expect(!longer.isValid(firstRoot: early, secondRoot: late))
                }
                for changed in [hashes + [early], Array(hashes.dropLast()), Array(hashes.dropFirst())]
                where changed != hashes {
                    let proof = ConsistencyProof(first: first, second: second, hashes: changed)
                    #expect(!proof.isValid(firstRoot: early, secondRoot: late))
                }
            }
        }
    }
}
