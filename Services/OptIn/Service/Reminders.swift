import FoundationEssentials
import Logging
import Messaging
import Models
import OptInDomain
import PostgreSQL
import RabbitMQ
import ServiceKit
import Settings
import Synchronization

/// Time between two rounds.
private let interval = Duration.milliseconds(500)
/// Maximum mails, and addresses, in one round.
private let batchLimit = 200
/// Maximum contacts of one address reminded in one round, so that an address of many contacts does not delay others.
private let contactsLimit = 10

/// Sends reminders to contacts' partitions: for mails that the limit held back and that are due (O4), and for opt-outs
/// of an address that its other contacts have not applied (O7). Every instance does so; the message ids are equal, so
/// that the inbox removes duplicates.
///
/// Each round continues where the last one ended, and starts over at the end, so that the backlog of a stopped
/// partition does not block others.
final class Reminders: Sendable {
    private let host: Host
    private let position = Mutex(Position())

    init(host: Host) { self.host = host }

    private static let due = """
        SELECT contact, mail_due_at FROM contact
        WHERE mail_due_at <= now() AND (mail_due_at, contact) > ($1, $2)
        ORDER BY mail_due_at, contact LIMIT \(batchLimit)
        """
    private static let spreading = """
        SELECT a.hash, a.opt_out_count, c.contact
        FROM (
            SELECT hash, opt_out_count FROM address WHERE is_spreading AND hash > $1 ORDER BY hash LIMIT \(batchLimit)
        ) AS a LEFT JOIN LATERAL (
            SELECT contact FROM contact
            WHERE address_hash = a.hash AND opt_out_seen < a.opt_out_count AND is_created LIMIT \(contactsLimit)
        ) AS c ON true
        ORDER BY a.hash
        """
    /// The rows are locked first, in the order in which batches lock them, and their counts are read under the lock.
    /// The contacts are read from an earlier snapshot, in which no `opt_out_seen` was higher than it is now.
    private static let spread = """
        WITH locked AS MATERIALIZED (
            SELECT hash, opt_out_count FROM address WHERE is_spreading AND hash > $1 ORDER BY hash LIMIT \(batchLimit)
            FOR UPDATE SKIP LOCKED)
        UPDATE address AS a SET is_spreading = false FROM locked
        WHERE a.hash = locked.hash AND NOT EXISTS (
            SELECT FROM contact AS c WHERE c.address_hash = locked.hash AND c.opt_out_seen < locked.opt_out_count
                AND c.is_created)
        """

    /// The start of the next round.
    private struct Position {
        var due = (at: Timestamp(microseconds: 0), contact: "")
        var hash = ""
    }

    var companion: Periodic {
        Periodic(
            every: interval,
            failure: "publishing internal messages for due mails and opt-outs failed; trying again in 500 ms",
            log: host.log
        ) { try await self.remind() }
    }

    private func remind() async throws {
        let position = position.withLock { $0 }
        let rows = try await host.pool.run([
            Statement(Self.due, [.timestamp(position.due.at.microseconds), .text(position.due.contact)]),
            Statement(Self.spreading, [.text(position.hash)]), Statement(Self.spread, [.text(position.hash)]),
        ])
        var next = Position()
        var messages: [OutgoingMessage] = []
        for row in rows[0] {
            let contact = try row.text(0)
            let notice = MailDueNotice(dueAt: Timestamp(microseconds: try row.timestampMicroseconds(1)))
            let id = derivedID("mail due", contact, String(notice.dueAt.microseconds))
            messages.append(message(MailDueNotice.type, contact, id, notice.json))
            if rows[0].count == batchLimit { next.due = (notice.dueAt, contact) }
        }
        var hashes = Set<String>()
        for row in rows[1] {
            let hash = try row.text(0)
            hashes.insert(hash)
            if hashes.count == batchLimit { next.hash = hash }
            guard let contact = try row.optionalText(2) else { continue }
            let id = derivedID("address opted out", contact, hash, String(try row.int64(1)))
            messages.append(message(AddressOptedOutNotice.type, contact, id, [:]))
        }
        if !messages.isEmpty { try await host.publisher.publish(messages) }
        self.position.withLock { $0 = next }
    }

    /// The event's time is fixed: the message must have the same bytes each time, or the inbox would take it for
    /// another one.
    private func message(_ type: String, _ contact: String, _ id: UUID, _ data: JSON) -> OutgoingMessage {
        let event = Event(
            id: id, source: host.service.source, type: type, subject: contact, time: Timestamp(microseconds: 0),
            data: data)
        return OutgoingMessage(event, on: .internal, by: host.service)
    }
}
