package import FoundationEssentials
package import Models

/// The last order about a contact's field (C1).
package struct FieldLock: Sendable, Equatable {
    /// A locked field is neither written nor revealed.
    package let isLocked: Bool
    /// The order in force.
    package let order: UUID
    /// The order's number; an order with a lower or equal number is ignored.
    package let sequence: Int64
    /// Whether an order cleared the value and no value was stored since.
    package internal(set) var isCleared: Bool

    /// Restores a stored lock.
    package init(isLocked: Bool, order: UUID, sequence: Int64, isCleared: Bool) {
        self.isLocked = isLocked
        self.order = order
        self.sequence = sequence
        self.isCleared = isCleared
    }
}

extension Fields {
    /// The effect of an order.
    package enum LockChange: Sendable, Equatable {
        /// None: the order was outdated, or the contact is erased.
        case none
        /// The field was locked or unlocked.
        case ordered(isLocked: Bool, cleared: Bool)
    }

    /// Without an order the consent's default applies. An order stays in force after its consent was removed.
    package func isLocked(_ name: FieldName, _ rules: FieldRules) -> Bool {
        locks[name]?.isLocked ?? rules.lockedByDefault.contains(name)
    }

    /// The order in force about a field, in the form sent to consent (X5).
    package func inForce(_ name: FieldName) -> OrderInForce {
        guard let lock = locks[name] else { return .none(state: "none") }
        return OrderInForce(
            order: lock.order, sequence: max(0, lock.sequence),
            state: lock.isLocked ? FieldLockDone.locked : FieldLockDone.unlocked)
    }

    /// Refuses to write any field of a contact who has stopped the use of the data (C4).
    func requireNotStopped() throws(Refusal) {
        guard locks[.wholeRecord]?.isLocked != true else {
            throw Refusal(.locked, "the contact has stopped the use of the data")
        }
    }

    /// Refuses to write locked fields (C1).
    func requireUnlocked(_ names: some Sequence<FieldName>, _ rules: FieldRules, in part: String) throws(Refusal) {
        for name in names where isLocked(name, rules) {
            throw Refusal(
                .locked, "the contact has not granted the use of this field",
                at: "\(part)/\(Reader.escaped(name.text))")
        }
    }
}
