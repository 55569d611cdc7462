import Models

/// The last order about a contact's field (C1).
public struct FieldLock: Sendable, Equatable {
    /// Neither written nor revealed.
    public let isLocked: Bool
    /// Of the order; a lower or equal one changes nothing any more.
    public let sequence: UInt64
    /// An order cleared the value, and none was stored since.
    public internal(set) var isCleared: Bool

    /// An order as it is stored.
    public init(isLocked: Bool, sequence: UInt64, isCleared: Bool) {
        self.isLocked = isLocked
        self.sequence = sequence
        self.isCleared = isCleared
    }
}

extension Fields {
    /// What an order changed.
    public enum LockChange: Sendable, Equatable {
        /// A newer one came before, or the contact is erased.
        case none
        /// The field is locked now, or no longer.
        case ordered(isLocked: Bool, cleared: Bool)
    }

    /// Without an order the consent's default decides; an order outlives the consent that it came from.
    public func isLocked(_ name: FieldName, _ rules: FieldRules) -> Bool {
        locks[name]?.isLocked ?? rules.lockedByDefault.contains(name)
    }

    /// Locked fields are written by nobody (C1).
    func requireUnlocked(_ names: some Sequence<FieldName>, _ rules: FieldRules, in part: String) throws(Refusal) {
        for name in names where isLocked(name, rules) {
            throw Refusal(
                .locked, "the contact has not granted the use of this field",
                at: "\(part)/\(Reader.escaped(name.text))")
        }
    }
}
