/// The newest value that another service's facts gave for one thing. Facts can arrive late or twice, so the higher
/// sequence wins (contract section 4).
package struct LatestFact<Value: Sendable & Equatable>: Sendable, Equatable {
    /// The value from the newest fact.
    package private(set) var value: Value
    /// The sequence of that fact; 0: none came yet.
    package private(set) var sequence: UInt64

    /// Restores a saved value; without a sequence, `value` is the default until a fact arrives.
    package init(_ value: Value, sequence: UInt64 = 0) {
        self.value = value
        self.sequence = sequence
    }

    /// Takes a fact. Returns false for an older fact, which changes nothing.
    @discardableResult package mutating func hear(_ value: Value, sequence: UInt64) -> Bool {
        guard sequence > self.sequence else { return false }
        self.value = value
        self.sequence = sequence
        return true
    }
}
