/// Names an entry: `3-1042`, its partition and its number there.
public struct LedgerIndex: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The contact's partition, from 0.
    public let partition: Int
    /// From 1, without a gap in its partition.
    public let number: Int64

    /// An entry's name.
    public init(partition: Int, number: Int64) {
        self.partition = partition
        self.number = number
    }

    /// Reads the text form; nil where it is none.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, let partition = Int16(parts[0]), let number = Int64(parts[1]), number > 0,
            "\(partition)-\(number)" == text
        else { return nil }
        self.init(partition: Int(partition), number: number)
    }

    /// The text form.
    public var description: String { "\(partition)-\(number)" }

    /// By partition, then by number: the order in which a fold takes them.
    public static func < (one: LedgerIndex, other: LedgerIndex) -> Bool {
        (one.partition, one.number) < (other.partition, other.number)
    }
}
