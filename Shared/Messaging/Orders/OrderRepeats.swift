import FoundationEssentials
import Logging
import Models
import PostgreSQL
import RabbitMQ

/// Between two looks for orders without an answer.
private let interval = Duration.seconds(1)
/// Orders in one look.
private let batchLimit = 200

/// Sends orders again that were not answered for five seconds, each under a new message id: whatever became of the
/// first message, the order is carried out and told in the end. Every instance does so; each order is claimed by one.
/// While the service asks what it has lost, nothing is ordered (X5).
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

    /// Works until the task is cancelled.
    func run() async {
        await Periodic(
            every: interval, failure: "sending unanswered orders again failed; trying in a second", log: log
        ) { try await repeatOrders() }.repeatUntilCancelled()
    }

    private func repeatOrders() async throws {
        let rows = try await pool.run([Statement(Self.claim)])[0]
        guard !rows.isEmpty else { return }
        log.info("orders were not answered in five seconds; sending them again", metadata: ["count": "\(rows.count)"])
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
