import FoundationEssentials
import Logging
import Messaging
import Models
import OptInDomain
import PostgreSQL
import RabbitMQ
import ServiceKit
import ServiceLifecycle

/// Between two looks for what is due.
private let interval = Duration.milliseconds(500)
/// Messages in one look.
private let batchLimit = 200

/// Reminds contacts' partitions of what is due: mails that the limit held back (O4), and opt-outs of an address that
/// its other contacts have not taken up (O7). Every instance does so; a message has the same id whoever sends it, so
/// that it counts once.
struct Reminders: Service {
    let host: Host

    private static let due = """
        SELECT contact, mail_due_at FROM contact WHERE mail_due_at <= now() ORDER BY mail_due_at LIMIT \(batchLimit)
        """
    private static let spreading = """
        SELECT c.contact, a.hash, a.opt_out_count
        FROM address AS a JOIN contact AS c ON c.address_hash = a.hash AND c.opt_out_seen < a.opt_out_count
        WHERE a.is_spreading ORDER BY a.hash, c.contact LIMIT \(batchLimit)
        """
    /// A contact that takes the address up locks its row and so sees the count: none can be behind unseen.
    private static let spread = """
        UPDATE address AS a SET is_spreading = false
        WHERE a.is_spreading AND NOT EXISTS (
            SELECT FROM contact AS c WHERE c.address_hash = a.hash AND c.opt_out_seen < a.opt_out_count)
        """

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do {
                    try await remind()
                } catch {
                    host.log.warning("what is due waits", metadata: ["error": "\(error)"])
                }
                try? await Task.sleep(for: interval)
            }
        }
    }

    private func remind() async throws {
        let rows = try await host.pool.run([
            Statement(Self.due), Statement(Self.spreading), Statement(Self.spread),
        ])
        var messages: [OutgoingMessage] = []
        for row in rows[0] {
            let contact = try row.text(0)
            let id = derivedID("mail due", contact, String(try row.timestampMicroseconds(1)))
            messages.append(message(OptInReminder.mailDue, contact, id))
        }
        for row in rows[1] {
            let contact = try row.text(0)
            let id = derivedID("address opted out", contact, try row.text(1), String(try row.int64(2)))
            messages.append(message(OptInReminder.addressOptedOut, contact, id))
        }
        if !messages.isEmpty { try await host.publisher.publish(messages) }
    }

    /// The same bytes each time, but for the time, which the inbox would take for another message: so none of its own.
    private func message(_ type: String, _ contact: String, _ id: UUID) -> OutgoingMessage {
        let event = Event(
            id: id, source: host.service.source, type: type, subject: contact, time: Timestamp(microseconds: 0),
            data: [:])
        return OutgoingMessage(
            exchange: Exchange.internal.rawValue, routingKey: type,
            properties: Properties(
                contentType: Event.contentType, deliveryMode: 2, messageID: id.text, userID: host.service.rawValue,
                headers: ["partitionkey": .string(contact)]),
            body: event.bytes, mandatory: true)
    }
}
