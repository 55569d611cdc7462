import ConsentDomain
import FoundationEssentials
import Logging
import Messaging
import Models
import PostgreSQL
import RabbitMQ
import ServiceKit
import ServiceLifecycle

/// Between two looks for orders without an answer.
private let interval = Duration.seconds(1)
/// Orders in one look.
private let batchLimit = 200

/// Sends orders to the vault again that were not answered for five seconds, each under a new message id: whatever
/// became of the first, the decision is carried out and told in the end. Every instance does so; each order is claimed
/// by one.
struct OrderRepeats: Service {
    let host: Host

    /// Of a field's orders the first alone, since the others have not been sent.
    static let claim = """
        WITH due AS (
            SELECT id FROM awaited_order AS a
            WHERE ordered_at < $1 - interval '5 s' AND NOT EXISTS (
                SELECT FROM awaited_order AS e
                WHERE e.contact = a.contact AND e.field = a.field AND e.number < a.number)
            ORDER BY ordered_at LIMIT \(batchLimit) FOR UPDATE SKIP LOCKED)
        UPDATE awaited_order AS a SET ordered_at = $1 FROM due, decision AS d
        WHERE a.id = due.id AND d.partition = a.partition AND d.number = a.number
        RETURNING a.contact, a.id, a.field, d.decision = 'revoked', d.number
        """

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do {
                    try await repeatOrders()
                } catch {
                    host.log.warning("orders wait to be sent again", metadata: ["error": "\(error)"])
                }
                try? await Task.sleep(for: interval)
            }
        }
    }

    private func repeatOrders() async throws {
        let now = Timestamp.now
        let rows = try await host.pool.run([Statement(Self.claim, [.timestamp(now.microseconds)])])[0]
        guard !rows.isEmpty else { return }
        host.log.info("the vault has not answered, asking again", metadata: ["count": "\(rows.count)"])
        try await host.publisher.publish(try rows.map { try message($0, at: now) })
    }

    private func message(_ row: Row, at now: Timestamp) throws -> OutgoingMessage {
        let contact = try row.text(0)
        let isRevoked = try row.bool(3)
        let order = FieldLockOrder(
            order: try row.uuid(1), field: try row.text(2), isLocked: isRevoked, clears: isRevoked,
            sequence: UInt64(try row.int64(4)))
        let event = Event(
            id: UUID(), source: host.service.source, type: FieldLockOrder.type, subject: contact, time: now,
            data: order.json)
        return OutgoingMessage(event, on: .internal, by: host.service)
    }
}
