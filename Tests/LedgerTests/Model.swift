@testable import Ledger

/// The tree as RFC 9162, section 2.1.1, defines it: recursively, over all leaves.
enum Model {
    static func root(_ leaves: [[UInt8]], _ range: Range<Int64>) -> [UInt8] {
        switch range.count {
        case 0: return MerkleHash.empty
        case 1: return leaves[Int(range.lowerBound)]
        default:
            var split: Int64 = 1
            while split * 2 < Int64(range.count) { split *= 2 }
            let middle = range.lowerBound + split
            return MerkleHash.node(
                root(leaves, range.lowerBound..<middle), root(leaves, middle..<range.upperBound))
        }
    }

    /// PATH(m, D[n]) of section 2.1.3.1.
    static func path(_ leaf: Int64, _ leaves: [[UInt8]], _ range: Range<Int64>) -> [[UInt8]] {
        guard range.count > 1 else { return [] }
        var split: Int64 = 1
        while split * 2 < Int64(range.count) { split *= 2 }
        let middle = range.lowerBound + split
        return leaf < middle
            ? path(leaf, leaves, range.lowerBound..<middle) + [root(leaves, middle..<range.upperBound)]
            : path(leaf, leaves, middle..<range.upperBound) + [root(leaves, range.lowerBound..<middle)]
    }

    /// SUBPROOF(m, D[n], b) of section 2.1.4.1.
    static func subproof(_ first: Int64, _ leaves: [[UInt8]], _ range: Range<Int64>, _ isWhole: Bool) -> [[UInt8]] {
        if first == Int64(range.count) { return isWhole ? [] : [root(leaves, range)] }
        var split: Int64 = 1
        while split * 2 < Int64(range.count) { split *= 2 }
        let middle = range.lowerBound + split
        return first <= split
            ? subproof(first, leaves, range.lowerBound..<middle, isWhole)
                + [root(leaves, middle..<range.upperBound)]
            : subproof(first - split, leaves, middle..<range.upperBound, false)
                + [root(leaves, range.lowerBound..<middle)]
    }
}

/// The bytes of a hexadecimal text.
func hex(_ text: String) -> [UInt8] {
    let digits = text.compactMap(\.hexDigitValue)
    return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
}
