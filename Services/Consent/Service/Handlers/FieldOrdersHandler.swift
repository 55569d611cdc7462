import ConsentDomain
import Messaging
import Models

/// `internal.field-orders`, vault → consent: lists the orders that the vault had answered in the lost part of its
/// history, and every revocation that is under way (X5). A grant under way is left out, because its order is sent
/// anyway.
struct FieldOrdersHandler: QueryHandler {
    static let type = RecallType.fieldOrders
    static let exchange = Exchange.internal
    static let sender: SuiteService? = .vault

    private static let statement = """
        SELECT k.contact, k.topic, k.order_id, k.sequence, k.state FROM (
            SELECT h.contact, h.topic, h.order_id, h.sequence, h.state
            FROM unnest($1::bigint[], $2::bigint[]) AS lost (partition, first)
            JOIN order_in_force AS h ON (h.answer & 255) = lost.partition AND h.answer >= lost.first
            WHERE h.state IN ('\(FieldLockDone.locked)', '\(FieldLockDone.unlocked)') AND NOT EXISTS (
                SELECT FROM sent_order AS o WHERE o.contact = h.contact AND o.topic = h.topic AND o.sequence > 0
                    AND o.type = '\(FieldLockOrder.type)' AND o.data::json ->> 'lock' = 'true')
            UNION ALL
            SELECT o.contact, o.topic, o.id, o.sequence, '\(FieldLockDone.locked)' FROM sent_order AS o
            WHERE o.type = '\(FieldLockOrder.type)' AND o.sequence > 0 AND o.data::json ->> 'lock' = 'true') AS k
        WHERE (k.contact, k.topic) > ($3, $4) ORDER BY k.contact, k.topic LIMIT $5
        """
    private let question: RecallQuestion

    init(reading data: Reader) throws(Refusal) { question = try RecallQuestion(reading: data) }

    func answer(_ context: QueryContext<ConsentEnvironment>) async throws -> JSON {
        try await context.answer(question, of: .vault, by: Self.statement, whileAsking: true)
    }
}

/// `internal.opt-outs`, opt-in → consent: lists the statuses that opt-in published in the lost part of its history
/// (X5).
struct OptOutsHandler: QueryHandler {
    static let type = RecallType.optOuts
    static let exchange = Exchange.internal
    static let sender: SuiteService? = .optin

    private static let statement = """
        SELECT c.id, coalesce(c.opt_in_held, ''), NULL::uuid, c.opt_in_sequence, c.opt_in
        FROM unnest($1::bigint[], $2::bigint[]) AS lost (partition, first)
        JOIN contact AS c ON (c.opt_in_sequence & 255) = lost.partition AND c.opt_in_sequence >= lost.first
        WHERE (c.id, '') > ($3, $4) ORDER BY c.id LIMIT $5
        """
    private let question: RecallQuestion

    init(reading data: Reader) throws(Refusal) { question = try RecallQuestion(reading: data) }

    func answer(_ context: QueryContext<ConsentEnvironment>) async throws -> JSON {
        try await context.answer(question, of: .optin, by: Self.statement, whileAsking: true)
    }
}
