import FoundationEssentials
import Logging
import Models
import PostgreSQL
import RabbitMQ

/// The interval between two polls for unanswered orders.
private let interval = Duration.seconds(1)
/// Orders of one poll at most.
private let batchLimit = 200

/// Sends orders again that were not answered for five seconds, each under a new message id, until they are answered.
/// Every instance polls; the claim makes sure that only one instance sends an order. Nothing is sent while the service
/// recovers lost commits (X5).
struct OrderRepeats: Sendable {
    let service: SuiteService
    let pool: Pool
    let publisher: Publisher
    let log: Logger

    static let claim = """
        WITH due AS (
            SELECT id FROM sent_order WHERE sequence > 0 AND ordered_at < now() - interval '5 s'
                AND NOT EXISTS (
                    SELECT FROM partition
                    WHERE recover_from IS NOT NULL OR incarnation IS DISTINCT FROM incarnation())
            ORDER BY ordered_at LIMIT \(batchLimit) FOR UPDATE SKIP LOCKED)
        UPDATE sent_order AS o SET ordered_at = now() FROM due WHERE o.id = due.id
        RETURNING o.contact, o.id, o.topic, o.type, o.data, o.epoch, o.sequence, o.follows
        """

    /// Runs until the task is cancelled.
    func run() async {
        await Periodic(
            every: interval, failure: "resending unanswered orders failed; retrying in a second", log: log
        ) { try await repeatOrders() }.repeatUntilCancelled()
    }

    private func repeatOrders() async throws {
        let rows = try await pool.run([Statement(Self.claim)])[0]
        guard !rows.isEmpty else { return }
        log.info("orders were not answered in five seconds; resending them", metadata: ["count": "\(rows.count)"])
        let now = Timestamp.now
        let messages = try rows.map { row in
            let order = PlacedOrder(
                id: try row.uuid(1), topic: try row.text(2), type: try row.text(3),
                data: try JSON(parsing: Array(try row.text(4).utf8)), note: [:],
                request: KeptRequest(id: try row.uuid(1), source: "", type: "", replies: []),
                epoch: try row.int64(5), sequence: try row.int64(6), follows: try row.optionalUUID(7))
            let event = Event(
                id: UUID(), source: service.source, type: order.type, subject: try row.text(0), time: now,
                data: order.message)
            return OutgoingMessage(event, on: .internal, by: service)
        }
        try await publisher.publish(messages)
    }
}
