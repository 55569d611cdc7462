public import FoundationEssentials
public import Models

/// The last order about a contact's field (C1).
public struct FieldLock: Sendable, Equatable {
    /// Neither written nor revealed.
    public let isLocked: Bool
    /// The order in force.
    public let order: UUID
    /// Its number; a lower or equal one changes nothing any more.
    public let sequence: Int64
    /// An order cleared the value, and none was stored since.
    public internal(set) var isCleared: Bool

    /// An order as it is stored.
    public init(isLocked: Bool, order: UUID, sequence: Int64, isCleared: Bool) {
        self.isLocked = isLocked
        self.order = order
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

    /// The order in force about a field, as consent is answered (X5).
    public func inForce(_ name: FieldName) -> OrderInForce {
        guard let lock = locks[name] else { return OrderInForce(order: nil, sequence: 0, state: "none") }
        return OrderInForce(
            order: lock.order, sequence: max(0, lock.sequence),
            state: lock.isLocked ? FieldLockDone.locked : FieldLockDone.unlocked)
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
