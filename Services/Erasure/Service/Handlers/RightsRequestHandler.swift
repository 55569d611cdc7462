import ErasureDomain
import Messaging
import Models
import PostgreSQL

/// `internal.rights-request`: the contact asked on the page for an erasure or a copy of their data (C5). The answer
/// names the order in force, even if this order changed nothing (X5).
struct RightsRequestHandler: Handler {
    static let type = RightsRequestOrder.type
    static let exchange = Exchange.internal
    static let sender: SuiteService? = .consent

    private let order: RightsRequestOrder

    init(reading data: Reader) throws(Refusal) { order = try RightsRequestOrder(reading: data) }

    func decide(_ contact: inout ErasureContact, _ context: Context<ErasureContact>) throws(Refusal) -> [Effect] {
        let recorded = contact.take(order, since: context.peerEpochs[.consent] ?? 0, at: context.now)
        let answer = RightsRequestDone(
            answer: OrderAnswer(
                order: order.head.order, inForce: contact.inForce(order.kind), epoch: context.epoch,
                number: context.number),
            kind: order.kind, request: recorded.request.id, dueAt: recorded.request.dueAt)
        return recorded.facts + [.order(RightsRequestDone.type, subject: context.subject, answer.json)]
    }
}

/// `internal.rights-requests`, consent → erasure: returns the orders in force that consent's database may have lost
/// (X5). Not answered while the erasure service itself recovers.
struct RightsRequestsHandler: QueryHandler {
    static let type = RecallType.rightsRequests
    static let exchange = Exchange.internal
    static let sender: SuiteService? = .consent

    private static let statement = """
        SELECT o.contact, t.topic, o.order_id, o.sequence, '\(RightsRequestDone.requested)'
        FROM unnest($1::bigint[], $2::bigint[]) AS lost (partition, first)
        JOIN rights_order AS o ON (o.sequence & 255) = lost.partition AND o.sequence >= lost.first
        JOIN (VALUES \(topics)) AS t (kind, topic) ON t.kind = o.kind
        WHERE (o.contact, t.topic) > ($3, $4) ORDER BY o.contact, t.topic LIMIT $5
        """
    private static let topics = RightsKind.allCases.map { "('\($0.rawValue)', '\($0.topic)')" }
        .joined(separator: ", ")
    private let question: RecallQuestion

    init(reading data: Reader) throws(Refusal) { question = try RecallQuestion(reading: data) }

    func answer(_ context: QueryContext<ErasureEnvironment>) async throws -> JSON {
        try await context.answer(question, of: .consent, by: Self.statement, whileAsking: false)
    }
}

/// `internal.rights-orders`, erasure → consent: asks for answered orders that this database may have lost (X5).
///
/// An order that was not answered is sent again in any case. So if consent is unavailable and the database server was
/// only restarted, the erasure service starts without its answer.
struct RightsOrdersRecall: Recall {
    let peer = SuiteService.consent
    let type = RecallType.rightsOrders
    let isEssential = false

    func decide(
        _ item: RecalledItem, _ contact: inout ErasureContact, _ context: Context<ErasureContact>
    ) throws(Refusal) -> [Effect] {
        guard let kind = RightsKind(topic: item.topic) else { return [] }
        return contact.recall(item.inForce, of: kind, at: context.now)?.facts ?? []
    }
}
