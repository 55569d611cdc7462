import ConsentDomain
import FoundationEssentials
import Logging
import Messaging
import Models
import PostgreSQL
import RabbitMQ
import ServiceKit
import Synchronization

/// Time between two rounds.
private let interval = Duration.milliseconds(500)
/// Contacts that are asked about at a time in all partitions together.
private let windowSize = 1600
/// Messages for mails that gathered, in one round.
private let dueLimit = 200
/// How long a window may take before its messages are published again: the broker may have lost them.
private let patience = Duration.seconds(60)

/// Whether this process's configuration is in force: every living instance had it (P3).
final class TellingState: Sendable {
    private let value = Mutex(false)

    /// Whether handlers may tell contacts of the page.
    var isInForce: Bool { value.withLock { $0 } }

    func set(_ isInForce: Bool) { value.withLock { $0 = isInForce } }
}

/// Has contacts told of their page by mail (P3): after a change of the configuration all of them, in a walk whose
/// progress is in the database, and those whose gathered mail is due.
///
/// Every instance does so; the message ids are equal, so that the inbox removes duplicates. A contact's row says by
/// which configuration it was decided last, so that the walk neither forgets nor repeats anything.
final class TellingWalk: Sendable {
    let state = TellingState()
    private let host: Host
    private let rules: PageRules
    private let configuration: String
    /// The last contact of the window under way, and when its messages were published.
    private let window = Mutex<(end: String, publishedAt: ContinuousClock.Instant)?>(nil)

    /// Where the next round for gathered mails begins, so that the backlog of a stopped partition blocks no other.
    private let gathered = Mutex((at: Timestamp(microseconds: 0), contact: ""))

    private static let alive = """
        INSERT INTO instance_configuration (instance, configuration, seen_at) SELECT $1, $2, now()
        WHERE NOT EXISTS (
            SELECT FROM instance_configuration WHERE instance = $1 AND seen_at > now() - interval '1 minute')
        ON CONFLICT (instance) DO UPDATE SET configuration = excluded.configuration, seen_at = excluded.seen_at
        """
    private static let forget = "DELETE FROM instance_configuration WHERE seen_at < now() - interval '1 hour'"
    /// Living instances are those of the partitions; one without a row here is of a release that tells nobody.
    private static let begin = """
        INSERT INTO telling (configuration, started_at) SELECT $1, now()
        WHERE NOT EXISTS (SELECT FROM telling WHERE configuration = $1)
            AND EXISTS (SELECT FROM instance WHERE id = $2) AND NOT EXISTS (
            SELECT FROM instance AS i LEFT JOIN instance_configuration AS c ON c.instance = i.id
            WHERE i.seen_at > now() - interval '6 s' AND c.configuration IS DISTINCT FROM $1)
        ON CONFLICT (is_only) DO UPDATE SET configuration = excluded.configuration, started_at = excluded.started_at,
            cursor = '', rounds = 0, is_done = false WHERE telling.configuration <> excluded.configuration
        """
    private static let progress = """
        SELECT cursor, rounds, is_done, now() - started_at > interval '10 s',
            extract(epoch FROM date_trunc('minute', now()))::bigint
        FROM telling WHERE configuration = $1
        """
    private static let advance = """
        UPDATE telling SET cursor = $2 WHERE configuration = $1 AND cursor < $2
        """
    /// The first walk misses contacts that an instance created before it knew of the configuration.
    private static let end = """
        UPDATE telling SET cursor = '', rounds = rounds + 1, is_done = rounds > 0
        WHERE configuration = $1 AND rounds = $2
        """
    private static let due = """
        SELECT id, tell_at, extract(epoch FROM date_trunc('hour', now()))::bigint FROM contact
        WHERE tell_at <= now() AND (tell_at, id) > ($1, $2) ORDER BY tell_at, id LIMIT \(dueLimit)
        """

    /// Waits until the database can be asked whether the configuration is in force. Nil: contacts are not told.
    init?(host: Host, rules: PageRules) async throws {
        guard let configuration = rules.configuration else { return nil }
        self.host = host
        self.rules = rules
        self.configuration = configuration
        while true {
            do throws(DatabaseError) {
                let rows = try await host.pool.run([Statement(Self.progress, [.text(configuration)])])[0]
                state.set(!rows.isEmpty)
                return
            } catch {
                guard error.isRetriable else { throw error }
                host.log.warning(
                    "reading the configuration in force failed; trying again in 500 ms", metadata: ["error": "\(error)"]
                )
                try await Task.sleep(for: interval)
            }
        }
    }

    var companion: Periodic {
        Periodic(
            every: interval, failure: "telling contacts of their page failed; trying again in 500 ms", log: host.log
        ) { try await self.step() }
    }

    private func step() async throws {
        let instance = host.instance.id
        let rows = try await host.pool.run([
            Statement(Self.alive, [.uuid(instance), .text(configuration)]), Statement(Self.forget),
            Statement(Self.begin, [.text(configuration), .uuid(instance)]),
            Statement(Self.progress, [.text(configuration)]),
        ])[3]
        state.set(!rows.isEmpty)
        guard let row = rows.first else { return }
        try await tellGathered()
        guard try !row.bool(2) else { return }
        try await walk(
            from: try row.text(0), round: try row.int64(1), isLate: try row.bool(3), minute: try row.int64(4))
    }

    private func tellGathered() async throws {
        let position = gathered.withLock { $0 }
        let rows = try await host.pool.run([Self.gathered(after: position)])[0]
        var next = (at: Timestamp(microseconds: 0), contact: "")
        var messages: [OutgoingMessage] = []
        for row in rows {
            let contact = try row.text(0)
            let dueAt = Timestamp(microseconds: try row.timestampMicroseconds(1))
            if rows.count == dueLimit { next = (dueAt, contact) }
            let id = derivedID(
                "tell gathered", contact, configuration, String(dueAt.microseconds), String(try row.int64(2)))
            messages.append(message(contact, id, TellNotice(configuration: configuration, dueAt: dueAt)))
        }
        if !messages.isEmpty { try await host.publisher.publish(messages) }
        gathered.withLock { $0 = next }
    }

    /// The contacts whose gathered mail is due, after a position.
    static func gathered(after position: (at: Timestamp, contact: String)) -> Statement {
        Statement(due, [.timestamp(position.at.microseconds), .text(position.contact)])
    }

    /// Publishes the next window once all contacts of the last one were decided on.
    private func walk(from cursor: String, round: Int64, isLate: Bool, minute: Int64) async throws {
        let contacts = try await host.pool.run([
            Self.undecided(rules, configuration: configuration, after: cursor)
        ])[0].map { try $0.text(0) }
        let window = window.withLock { $0 }
        if let window, window.end > cursor, contacts.contains(where: { $0 <= window.end }) {
            guard ContinuousClock.now - window.publishedAt > patience else { return }
        } else if let window, window.end > cursor {
            _ = try await host.pool.run([Statement(Self.advance, [.text(configuration), .text(window.end)])])
        }
        guard let last = contacts.last else {
            self.window.withLock { $0 = nil }
            // The second walk waits until every instance knows of the configuration.
            guard round == 0 || isLate else { return }
            _ = try await host.pool.run([Statement(Self.end, [.text(configuration), .int8(round)])])
            return
        }
        // A message that was decided without an effect comes again under another id.
        try await host.publisher.publish(
            contacts.map { contact in
                message(
                    contact, derivedID("tell", contact, configuration, String(minute)),
                    TellNotice(configuration: configuration))
            })
        self.window.withLock { $0 = (last, .now) }
    }

    /// The contacts after an id that can be told something and were not decided on by this configuration, by id.
    static func undecided(_ rules: PageRules, configuration: String, after id: String) -> Statement {
        var sql = ConditionSQL(following: [.text(id), .text(configuration)])
        let audience = sql.text(of: .all([rules.audience, rules.notify].compactMap { $0 }))
        return Statement(
            varying: """
                SELECT id FROM contact WHERE id > $1 AND is_known AND told_for IS DISTINCT FROM $2
                    AND processing = 'active' AND erasure <> 'completed' AND \(audience)
                ORDER BY id LIMIT \(windowSize)
                """, sql.parameters)
    }

    /// The event's time is fixed: the message must have the same bytes each time, or the inbox would take it for
    /// another one.
    private func message(_ contact: String, _ id: UUID, _ notice: TellNotice) -> OutgoingMessage {
        let event = Event(
            id: id, source: host.service.source, type: TellNotice.type, subject: contact,
            time: Timestamp(microseconds: 0), data: notice.json)
        return OutgoingMessage(event, on: .internal, by: host.service)
    }
}
