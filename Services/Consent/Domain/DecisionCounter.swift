import Models

/// The next number of a partition's decisions: what is refused takes none.
public struct DecisionCounter: Sendable, Equatable {
    /// The partition.
    public let partition: Int
    /// The number that the next decision has.
    public private(set) var next: Int64
    /// The history that the decisions belong to.
    public let epoch: Int64

    /// As it was saved.
    public init(partition: Int, next: Int64, epoch: Int64 = 0) {
        self.partition = partition
        self.next = next
        self.epoch = epoch
    }

    mutating func take() -> LedgerIndex {
        defer { next += 1 }
        return LedgerIndex(partition: partition, number: next, epoch: epoch)
    }
}
