/// The number of a decision: gapless in its partition (contract section 3).
public struct DecisionIndex: Sendable, Equatable {
    /// The contact's partition.
    public let partition: Int
    /// From 1.
    public let number: Int64
    /// The history that it belongs to, once decisions were lost (X5); 0: the first one.
    public let epoch: Int64

    /// The number of a decision.
    public init(partition: Int, number: Int64, epoch: Int64 = 0) {
        self.partition = partition
        self.number = number
        self.epoch = epoch
    }

    /// As messages have it: `3-1042`, and the epoch behind it.
    public var text: String { "\(partition)-\(number)" + (epoch == 0 ? "" : "-\(epoch)") }
}

/// The next number of a partition, which its contacts have in common: what is refused takes none.
public struct DecisionCounter: Sendable, Equatable {
    /// What the value is found under.
    public static let key = "decisions"
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

    mutating func take() -> DecisionIndex {
        defer { next += 1 }
        return DecisionIndex(partition: partition, number: next, epoch: epoch)
    }
}
