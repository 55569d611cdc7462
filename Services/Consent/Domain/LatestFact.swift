/// What facts of another service told last about one thing. A fact can come late or twice: the higher sequence counts
/// (contract section 4).
public struct LatestFact<Value: Sendable & Equatable>: Sendable, Equatable {
    /// As the newest fact told.
    public private(set) var value: Value
    /// The sequence of that fact; 0: none came yet.
    public private(set) var sequence: UInt64

    /// As it was saved; without a sequence, what holds until a fact comes.
    public init(_ value: Value, sequence: UInt64 = 0) {
        self.value = value
        self.sequence = sequence
    }

    /// A fact; an older one changes nothing: false.
    @discardableResult public mutating func hear(_ value: Value, sequence: UInt64) -> Bool {
        guard sequence > self.sequence else { return false }
        self.value = value
        self.sequence = sequence
        return true
    }
}
