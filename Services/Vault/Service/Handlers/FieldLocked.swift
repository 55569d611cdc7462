import Messaging
import Models
import VaultDomain

/// `internal.field-lock`: the contact decided about a field (C1). It is answered always, since an order that changes
/// nothing any more is in force or was replaced by a newer one.
struct FieldLocked: Handler {
    static let type = FieldLockOrder.type
    static let exchange = Exchange.internal
    static let sender: SuiteService? = .consent
    private let order: FieldLockOrder
    private let name: FieldName

    init(reading data: Reader) throws(Refusal) {
        order = try FieldLockOrder(reading: data)
        guard let name = FieldName(order.field) else { throw data.refusal("field", "is no field") }
        self.name = name
    }

    func decide(_ fields: inout Fields, _ context: Context<Fields>) throws(Refusal) -> [Effect] {
        let change = fields.order(
            name, lock: order.isLocked, clear: order.clears, sequence: order.sequence)
        let done = FieldLockDone(order: order.order, field: order.field)
        return facts(change) + [.order(FieldLockDone.type, subject: context.subject, done.json)]
    }

    private func facts(_ change: Fields.LockChange) -> [Effect] {
        switch change {
        case .none: return []
        case .ordered(let isLocked, let cleared):
            let data: JSON = ["field": .string(name.text)]
            return [.fact(isLocked ? "vault.locked" : "vault.unlocked", data)]
                + (cleared ? [.fact("vault.cleared", data)] : [])
        }
    }
}
