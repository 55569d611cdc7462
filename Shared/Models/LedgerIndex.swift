/// An entry's name: partition and number, such as `3-1042`, followed by the epoch once history was lost (X5).
package struct LedgerIndex: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The contact's partition, from 0.
    package let partition: Int
    /// From 1, without a gap in its partition.
    package let number: Int64
    /// The number of the entry's history; 0: the first one. A lost entry may have had the same partition and number,
    /// but never the same epoch.
    package let epoch: Int64

    package init(partition: Int, number: Int64, epoch: Int64 = 0) {
        self.partition = partition
        self.number = number
        self.epoch = epoch
    }

    /// Reads the text form; nil where it is none.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard (2...3).contains(parts.count), let partition = Int16(parts[0]), let number = Int64(parts[1]), number > 0,
            let epoch = parts.count == 3 ? Int64(parts[2]) : 0, epoch >= 0
        else { return nil }
        self.init(partition: Int(partition), number: number, epoch: epoch)
        guard description == text else { return nil }
    }

    package var description: String { "\(partition)-\(number)" + (epoch == 0 ? "" : "-\(epoch)") }

    /// By partition, then by number: the order in which a fold takes them.
    package static func < (one: LedgerIndex, other: LedgerIndex) -> Bool {
        (one.partition, one.number) < (other.partition, other.number)
    }
}
