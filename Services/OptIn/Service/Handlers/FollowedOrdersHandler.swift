import Messaging
import Models
import OptInDomain

/// `internal.followed-email-orders`, consent → opt-in: lists the orders in force that consent's database may have lost
/// (X5). Not answered while opt-in itself recovers.
struct FollowedOrdersHandler: QueryHandler {
    static let type = RecallType.followedEmailOrders
    static let exchange = Exchange.internal
    static let sender: SuiteService? = .consent

    static let statement = """
        SELECT o.contact, o.topic, o.order_id, o.sequence, o.state
        FROM unnest($1::bigint[], $2::bigint[]) AS lost (partition, first)
        JOIN followed_order AS o ON (o.sequence & 255) = lost.partition AND o.sequence >= lost.first
        WHERE (o.contact, o.topic) > ($3, $4) ORDER BY o.contact, o.topic LIMIT $5
        """
    private let question: RecallQuestion

    init(reading data: Reader) throws(Refusal) { question = try RecallQuestion(reading: data) }

    func answer(_ context: QueryContext<OptIn.Environment>) async throws -> JSON {
        try await context.answer(question, of: .consent, by: Self.statement, whileAsking: false)
    }
}
