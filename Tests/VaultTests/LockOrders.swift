import FoundationEssentials
import Models

@testable import VaultDomain

extension Fields {
    /// An order that follows the one in force.
    mutating func order(_ name: FieldName, lock: Bool, clear: Bool, sequence: Int64) -> LockChange {
        let head = OrderHead(order: UUID(), follows: locks[name]?.order, epoch: 0, sequence: sequence)
        return order(
            FieldLockOrder(head: head, field: name.text, isLocked: lock, clears: clear), of: name, since: 0)
    }
}
