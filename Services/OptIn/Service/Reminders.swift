import FoundationEssentials
import Logging
import Messaging
import Models
import OptInDomain
import PostgreSQL
import RabbitMQ
import ServiceKit
import ServiceLifecycle
import Settings

/// Between two looks for what is due.
private let interval = Duration.milliseconds(500)
/// Between two looks for hashes of addresses that need not be known any more.
private let forgetInterval = Duration.seconds(3600)
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
            AND c.is_created
        WHERE a.is_spreading ORDER BY a.hash, c.contact LIMIT \(batchLimit)
        """
    /// The rows are locked first, in the order in which batches lock them, and their counts read under the lock: the
    /// contacts are then those of an earlier moment, when they had seen no more than now.
    private static let spread = """
        WITH locked AS MATERIALIZED (
            SELECT hash, opt_out_count FROM address WHERE is_spreading ORDER BY hash LIMIT \(batchLimit)
            FOR UPDATE SKIP LOCKED)
        UPDATE address AS a SET is_spreading = false FROM locked
        WHERE a.hash = locked.hash AND NOT EXISTS (
            SELECT FROM contact AS c WHERE c.address_hash = locked.hash AND c.opt_out_seen < locked.opt_out_count
                AND c.is_created)
        """
    /// Hashes of which nothing needs to be known: no contact has the address, nobody opted it out, no mail to it counts
    /// any more (E3). Locked first, then looked at again, so that a contact that takes it up meanwhile is seen.
    private static let lockForgotten = """
        SELECT hash FROM address WHERE NOT is_opted_out AND coalesce(mailed_at, '-infinity') < $1
            AND NOT EXISTS (SELECT FROM contact WHERE address_hash = address.hash)
        ORDER BY hash LIMIT 1000 FOR UPDATE SKIP LOCKED
        """
    private static let forget = """
        DELETE FROM address WHERE hash = ANY ($1::text[])
            AND NOT EXISTS (SELECT FROM contact WHERE address_hash = address.hash)
        """

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var lastForgotten = ContinuousClock.now
            while !Task.isCancelled {
                do {
                    try await remind()
                    if .now - lastForgotten > forgetInterval {
                        lastForgotten = .now
                        try await forget()
                    }
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
            let notice = MailDueNotice(dueAt: Timestamp(microseconds: try row.timestampMicroseconds(1)))
            let id = derivedID("mail due", contact, String(notice.dueAt.microseconds))
            messages.append(message(MailDueNotice.type, contact, id, notice.json))
        }
        for row in rows[1] {
            let contact = try row.text(0)
            let id = derivedID("address opted out", contact, try row.text(1), String(try row.int64(2)))
            messages.append(message(AddressOptOutNotice.type, contact, id, [:]))
        }
        if !messages.isEmpty { try await host.publisher.publish(messages) }
    }

    private func forget() async throws {
        let before = (Timestamp.now - host.settings.optIn.mailEvery).microseconds
        try await host.pool.withConnection { connection in
            let rows = try await connection.run([
                Statement("BEGIN"), Statement(Self.lockForgotten, [.timestamp(before)]),
            ])[1]
            let hashes = try rows.map { try $0.text(0) }
            _ = try await connection.run([Statement(Self.forget, [.texts(hashes)]), Statement("COMMIT")])
        }
    }

    /// The same bytes each time, but for the time, which the inbox would take for another message: so none of its own.
    private func message(_ type: String, _ contact: String, _ id: UUID, _ data: JSON) -> OutgoingMessage {
        let event = Event(
            id: id, source: host.service.source, type: type, subject: contact, time: Timestamp(microseconds: 0),
            data: data)
        return OutgoingMessage(event, on: .internal, by: host.service)
    }
}
