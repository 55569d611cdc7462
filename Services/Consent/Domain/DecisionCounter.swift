import Models

/// Gives out the ledger's numbers in a partition, without gaps: a refused decision uses no number.
package struct DecisionCounter: Sendable, Equatable {
    package let partition: Int
    /// The number of the next entry.
    package private(set) var next: Int64
    /// The history that the entries belong to (X5).
    package let epoch: Int64

    /// Restores a counter from its saved values.
    package init(partition: Int, next: Int64, epoch: Int64 = 0) {
        self.partition = partition
        self.next = next
        self.epoch = epoch
    }

    mutating func take() -> LedgerIndex {
        defer { next += 1 }
        return LedgerIndex(partition: partition, number: next, epoch: epoch)
    }
}
