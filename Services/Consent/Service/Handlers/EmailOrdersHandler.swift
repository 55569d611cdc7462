import ConsentDomain
import Messaging
import Models

/// `internal.email-orders`, opt-in → consent: lists the orders about e-mail that opt-in had answered in the lost part
/// of its history, and every stop, opt-out and leaving that is under way (X5). An order under way that permits
/// something is left out, because it is sent anyway.
struct EmailOrdersHandler: QueryHandler {
    static let type = RecallType.emailOrders
    static let exchange = Exchange.internal
    static let sender: SuiteService? = .optin

    /// States that permit less than their counterparts.
    private static let strict = "'stopped', 'out', 'left'"
    /// The vault's answers stand in `order_in_force` too, with states of their own.
    private static let states = "'stopped', 'active', 'out', 'in', 'left', 'subscribed'"

    static let statement = """
        SELECT k.contact, k.topic, k.order_id, k.sequence, k.state FROM (
            SELECT h.contact, h.topic, h.order_id, h.sequence, h.state
            FROM unnest($1::bigint[], $2::bigint[]) AS lost (partition, first)
            JOIN order_in_force AS h ON (h.answer & 255) = lost.partition AND h.answer >= lost.first
            WHERE h.state IN (\(states)) AND NOT EXISTS (
                SELECT FROM sent_order AS o WHERE o.contact = h.contact AND o.topic = h.topic AND o.sequence > 0
                    AND o.type = '\(EmailOrder.type)' AND o.data::json ->> 'state' IN (\(strict)))
            UNION ALL
            SELECT o.contact, o.topic, o.id, o.sequence, o.data::json ->> 'state' FROM sent_order AS o
            WHERE o.type = '\(EmailOrder.type)' AND o.sequence > 0 AND o.data::json ->> 'state' IN (\(strict))) AS k
        WHERE (k.contact, k.topic) > ($3, $4) ORDER BY k.contact, k.topic LIMIT $5
        """
    private let question: RecallQuestion

    init(reading data: Reader) throws(Refusal) { question = try RecallQuestion(reading: data) }

    func answer(_ context: QueryContext<ConsentEnvironment>) async throws -> JSON {
        try await context.answer(question, of: .optin, by: Self.statement, whileAsking: true)
    }
}
