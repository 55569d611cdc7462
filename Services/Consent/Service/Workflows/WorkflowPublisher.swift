import ConsentDomain
import FoundationEssentials
import Logging
import Messaging
import Metrics
import Models
import PostgreSQL
import RabbitMQ
import ServiceKit

/// Time between two searches for due messages.
private let interval = Duration.milliseconds(500)
/// Messages of one turn: each asks the vault for its values.
private let turnLimit = 50
/// How long the vault may not know a contact before the message is dropped: its events may be late.
private let patienceForContact = Duration.seconds(600)
/// Attempts after which the delay no longer doubles: 2 s, 4 s, … 512 s.
private let mostDoublings: Int64 = 9
/// Attempts after which a message that no queue takes is logged as an error at each further one.
private let attemptsBeforeAlarm: Int64 = 3

/// Publishes the messages that workflows order, from their rows (C6). The rule is evaluated when the message is
/// published, and the values are read at the vault then. A message whose confirm was lost goes out again under the same
/// id, by which its reader drops the repetition.
actor WorkflowPublisher {
    /// Claims due messages: a claim is a later due time, so that an instance that ended with it leaves it to the next.
    private static let claim = """
        UPDATE workflow_firing SET attempts = attempts + 1, due_at = now() + interval '15 seconds'
        WHERE id IN (
            SELECT id FROM workflow_firing WHERE state = 'waiting' AND due_at <= now()
            ORDER BY due_at LIMIT \(turnLimit) FOR UPDATE SKIP LOCKED)
        RETURNING id, contact, workflow, action, trigger_type, consent, attempts,
            (extract(epoch FROM fired_at) * 1000000)::bigint, (extract(epoch FROM now() - fired_at) * 1000)::bigint
        """
    private static let end = """
        UPDATE workflow_firing SET state = e.state, reason = e.reason
        FROM unnest($1::uuid[], $2::text[], $3::text[]) AS e (id, state, reason)
        WHERE workflow_firing.id = e.id AND workflow_firing.state = 'waiting'
        """
    private static let postpone = """
        UPDATE workflow_firing SET due_at = now() + p.seconds * interval '1 second'
        FROM unnest($1::uuid[], $2::bigint[]) AS p (id, seconds)
        WHERE workflow_firing.id = p.id AND workflow_firing.state = 'waiting'
        """

    /// A claimed message.
    private struct Due: Sendable {
        let firing: FiringReads.Firing
        let attempts: Int64
        let firedAt: Timestamp
        let age: Duration
    }

    /// What becomes of a claimed message.
    private enum Ending: Sendable {
        case published
        case dropped(String)
        case later
    }

    private let host: Host
    private let rules: [WorkflowRule]
    private let attributes: Set<String>
    private let reads: FiringReads
    private var connection: RabbitMQ.Connection?

    init(_ host: Host, _ environment: ConsentEnvironment) {
        self.host = host
        rules = environment.workflows
        attributes = environment.attributes
        reads = FiringReads(pool: host.pool, rules: environment.workflows)
    }

    nonisolated var companion: Periodic {
        Periodic(
            every: interval,
            failure: "publishing workflows' messages failed; the next turn tries again", log: host.log
        ) { try await self.turn() }
    }

    /// Publishes the messages that are due.
    func turn() async throws {
        guard rules.contains(where: \.publishes) else { return }
        // Before the claim, which would run out while the broker is away.
        let connection = try await connected()
        let claimed = try await host.pool.run([Statement(Self.claim)])[0].map { try Self.due($0) }
        guard !claimed.isEmpty else { return }
        var endings: [UUID: Ending] = [:]
        let values = await WorkflowValues(asker: host.asker, attributes: attributes).read(
            claimed.compactMap { due in due.firing.publication(rules).map { (due.firing, $0.fields) } })
        // The state is read after the values, and allows publishing for the length of a lease (X3).
        let end = ContinuousClock.now + Lease.duration
        let contacts = try await reads.contacts(of: claimed.map(\.firing))
        var messages: [(due: Due, message: OutgoingMessage)] = []
        for due in claimed {
            let firing = due.firing
            guard let publication = firing.publication(rules), let contact = contacts[firing.contact] else {
                endings[firing.id] = .dropped(FiringRefusal.superseded.rawValue)
                continue
            }
            if let refusal = reads.refusal(of: firing, contacts) {
                endings[firing.id] = .dropped(refusal.rawValue)
                continue
            }
            switch values[firing.id] ?? .unavailable {
            case .values(let found):
                let data = publication.data(contact.attributes, found)
                messages.append((due, message(due, publication, data, until: end)))
            case .erased: endings[firing.id] = .dropped("erased")
            case .unknown where due.age > patienceForContact: endings[firing.id] = .dropped("unknown-contact")
            case .unknown, .unavailable: endings[firing.id] = .later
            }
        }
        let outcomes = await publish(messages.map(\.message), on: connection)
        for ((due, message), outcome) in zip(messages, outcomes) {
            endings[due.firing.id] = outcome == .confirmed ? .published : .later
            if outcome != .confirmed { alarm(due, message.routingKey, outcome) }
        }
        try await write(endings, of: claimed)
    }

    private func message(
        _ due: Due, _ publication: Publication, _ data: JSON, until end: ContinuousClock.Instant
    ) -> OutgoingMessage {
        let event = Event(
            id: due.firing.id, source: host.service.source, type: publication.type, subject: due.firing.contact,
            time: due.firedAt, data: data)
        var message = OutgoingMessage(event, on: .internal, by: host.service)
        // The default exchange routes to the queue of that name, and returns the message where there is none.
        message.exchange = ""
        message.routingKey = publication.queue
        message.expiresAt = end
        return message
    }

    private func publish(
        _ messages: [OutgoingMessage], on connection: RabbitMQ.Connection
    ) async -> [PublishOutcome] {
        guard !messages.isEmpty else { return [] }
        do {
            return try await connection.publish(messages)
        } catch {
            host.log.warning(
                "publishing workflows' messages failed; trying again after a back-off",
                metadata: ["error": "\(error)", "count": "\(messages.count)"])
            self.connection = nil
            return messages.map { _ in .rejected }
        }
    }

    private func connected() async throws -> RabbitMQ.Connection {
        if let connection, connection.isOpen { return connection }
        let opened = try await RabbitMQ.Connection.open(host.broker, name: host.instance.connection("workflows"))
        try await opened.enableConfirms()
        connection = opened
        return opened
    }

    private func alarm(_ due: Due, _ queue: String, _ outcome: PublishOutcome) {
        Counter(
            label: "assent_workflow_publish_failures_total", dimensions: [("outcome", "\(outcome)")]
        ).increment()
        host.log.log(
            level: due.attempts > attemptsBeforeAlarm || outcome == .returned ? .error : .warning,
            "no queue took a workflow's message; trying again after a back-off",
            metadata: [
                "workflow": "\(due.firing.workflow)", "queue": "\(queue)", "outcome": "\(outcome)",
                "attempt": "\(due.attempts)",
            ])
    }

    private func write(_ endings: [UUID: Ending], of claimed: [Due]) async throws {
        var ended: [(id: UUID, state: String, reason: String?)] = []
        var later: [(id: UUID, seconds: Int64)] = []
        for due in claimed {
            switch endings[due.firing.id] ?? .later {
            case .published: ended.append((due.firing.id, "published", nil))
            case .dropped(let reason): ended.append((due.firing.id, "dropped", reason))
            case .later: later.append((due.firing.id, 1 << min(max(due.attempts, 1), mostDoublings)))
            }
        }
        for one in ended {
            Counter(
                label: "assent_workflow_messages_total",
                dimensions: [("outcome", one.state), ("reason", one.reason ?? "")]
            ).increment()
        }
        _ = try await host.pool.run([
            Statement(
                Self.end, [.uuids(ended.map(\.id)), .texts(ended.map(\.state)), .texts(ended.map(\.reason))]),
            Statement(Self.postpone, [.uuids(later.map(\.id)), .int8s(later.map(\.seconds))]),
        ])
    }

    private static func due(_ row: Row) throws -> Due {
        Due(
            firing: try FiringReads.Firing(row), attempts: try row.int64(6),
            firedAt: Timestamp(microseconds: try row.int64(7)), age: .milliseconds(try row.int64(8)))
    }
}

/// The message of an action.
private struct Publication {
    let queue: String
    let type: String
    let fields: [String]

    /// The message's data: the named attributes and fields that the contact has.
    func data(_ attributes: [String: JSON], _ values: [String: String]) -> JSON {
        .object(
            fields.compactMap { name in
                (values[name].map { .string($0) } ?? attributes[name]).map { JSON.Member(name, $0) }
            })
    }
}

extension FiringReads.Firing {
    /// The message that the configuration has for the action; nil: it has none any more.
    fileprivate func publication(_ rules: [WorkflowRule]) -> Publication? {
        guard let actions = rule(rules)?.actions, actions.indices.contains(action),
            case .publish(let queue, let type, let fields) = actions[action]
        else { return nil }
        return Publication(queue: queue, type: type, fields: fields)
    }
}

extension WorkflowRule {
    fileprivate var publishes: Bool {
        actions.contains { action in
            switch action {
            case .publish: true
            case .mailContact, .mailOther: false
            }
        }
    }
}
