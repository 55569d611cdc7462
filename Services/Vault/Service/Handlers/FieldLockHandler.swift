import Messaging
import Models
import PostgreSQL
import VaultDomain

/// `internal.field-lock`: the contact decided about a field (C1). The answer names the order in force, even if this
/// order changed nothing (X5).
struct FieldLockHandler: Handler {
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
        let change = fields.order(order, of: name, since: context.peerEpochs[.consent] ?? 0)
        let answer = FieldLockDone(
            answer: OrderAnswer(
                order: order.head.order, inForce: fields.inForce(name), epoch: context.epoch, number: context.number),
            field: order.field)
        return change.facts(on: name) + [.order(FieldLockDone.type, subject: context.subject, answer.json)]
    }
}

/// `internal.field-orders`, vault → consent: asks for answered orders that this database may have lost (X5).
struct FieldOrdersRecall: Recall {
    let peer = SuiteService.consent
    let type = RecallType.fieldOrders
    let isEssential = true

    func decide(_ item: RecalledItem, _ fields: inout Fields, _ context: Context<Fields>) throws(Refusal) -> [Effect] {
        guard let name = FieldName(item.topic) else { return [] }
        return fields.recall(item.inForce, of: name).facts(on: name)
    }
}

/// `internal.field-locks`, consent → vault: returns the orders in force that consent's database may have lost (X5). Not
/// answered while the vault itself recovers.
struct FieldLocksHandler: QueryHandler {
    static let type = RecallType.fieldLocks
    static let exchange = Exchange.internal
    static let sender: SuiteService? = .consent

    private static let statement = """
        SELECT l.contact, l.name, l.order_id, l.sequence,
            CASE WHEN l.is_locked THEN '\(FieldLockDone.locked)' ELSE '\(FieldLockDone.unlocked)' END
        FROM unnest($1::bigint[], $2::bigint[]) AS lost (partition, first)
        JOIN field_lock AS l ON (l.sequence & 255) = lost.partition AND l.sequence >= lost.first
        WHERE (l.contact, l.name) > ($3, $4) ORDER BY l.contact, l.name LIMIT $5
        """
    private let question: RecallQuestion

    init(reading data: Reader) throws(Refusal) { question = try RecallQuestion(reading: data) }

    func answer(_ context: QueryContext<VaultEnvironment>) async throws -> JSON {
        try await context.answer(question, of: .consent, by: Self.statement, whileAsking: false)
    }
}

extension Fields.LockChange {
    fileprivate func facts(on name: FieldName) -> [Effect] {
        switch self {
        case .none: return []
        // Consent publishes the fact about the whole record (C4).
        case .ordered where name == .wholeRecord: return []
        case .ordered(let isLocked, let cleared):
            let data: JSON = ["field": .string(name.text)]
            return [.fact(isLocked ? "vault.locked" : "vault.unlocked", data)]
                + (cleared ? [.fact("vault.cleared", data)] : [])
        }
    }
}
