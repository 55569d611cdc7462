import ConsentDomain
import Messaging
import Models

/// `internal.rights-orders`, erasure → consent: lists the orders about requests for an erasure or a copy that the
/// erasure service had answered in the lost part of its history, and those under way (X5).
struct RightsOrdersHandler: QueryHandler {
    static let type = RecallType.rightsOrders
    static let exchange = Exchange.internal
    static let sender: SuiteService? = .erasure

    static let statement = """
        SELECT k.contact, k.topic, k.order_id, k.sequence, k.state FROM (
            SELECT h.contact, h.topic, h.order_id, h.sequence, h.state
            FROM unnest($1::bigint[], $2::bigint[]) AS lost (partition, first)
            JOIN order_in_force AS h ON (h.answer & 255) = lost.partition AND h.answer >= lost.first
            WHERE h.state = '\(RightsRequestDone.requested)' AND NOT EXISTS (
                SELECT FROM sent_order AS o WHERE o.contact = h.contact AND o.topic = h.topic AND o.sequence > 0)
            UNION ALL
            SELECT o.contact, o.topic, o.id, o.sequence, '\(RightsRequestDone.requested)' FROM sent_order AS o
            WHERE o.type = '\(RightsRequestOrder.type)' AND o.sequence > 0) AS k
        WHERE (k.contact, k.topic) > ($3, $4) ORDER BY k.contact, k.topic LIMIT $5
        """
    private let question: RecallQuestion

    init(reading data: Reader) throws(Refusal) { question = try RecallQuestion(reading: data) }

    func answer(_ context: QueryContext<ConsentEnvironment>) async throws -> JSON {
        try await context.answer(question, of: .erasure, by: Self.statement, whileAsking: true)
    }
}
