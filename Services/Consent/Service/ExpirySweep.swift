import ConsentDomain
import FoundationEssentials
import Logging
import Messaging
import Models
import PostgreSQL
import RabbitMQ
import ServiceKit
import Synchronization

/// Time between two rounds: a grant that ran out is followed up within about this time.
private let interval = Duration.milliseconds(500)
/// Maximum messages of one statement in one round.
private let batchLimit = 200

/// Sends a message to the partition of each contact with a grant that runs out soon or ran out, or with a value kept
/// since then for long enough (C7). Every instance does so; the message ids are equal, so that the inbox removes
/// duplicates.
///
/// Each round continues where the last one ended, and starts over at the end, so that the backlog of a stopped
/// partition does not block others.
final class ExpirySweep: Sendable {
    /// A search for decisions of one consent that are older than `age`.
    struct Search: Sendable {
        let consent: String
        let sql: String
        let age: Duration

        /// The decisions after a position, oldest first.
        func statement(after position: Position) -> Statement {
            Statement(
                sql,
                [
                    .text(consent), .int8(age.microseconds), .timestamp(position.decidedAt.microseconds),
                    .text(position.contact),
                ])
        }
    }

    struct Position: Sendable {
        var decidedAt = Timestamp(microseconds: 0)
        var contact = ""
    }

    private let host: Host
    private let searches: [Search]
    /// Where the next round of each search begins.
    private let positions: Mutex<[Position]>

    init(host: Host, consents: [DeclaredConsent]) {
        self.host = host
        searches = Self.searches(consents)
        positions = Mutex(Array(repeating: Position(), count: searches.count))
    }

    /// A grant that ended before anybody was asked is found by the first search, for what is due is carried out
    /// together.
    static func searches(_ consents: [DeclaredConsent]) -> [Search] {
        consents.flatMap { consent -> [Search] in
            guard let expiry = consent.expiry else { return [] }
            let kept = Search(consent: consent.name, sql: kept, age: expiry.clearAfter)
            return [
                Search(consent: consent.name, sql: unasked, age: expiry.validFor - expiry.renewBefore),
                Search(consent: consent.name, sql: asked, age: expiry.validFor),
            ] + (consent.field == nil ? [] : [kept])
        }
    }

    private static let unasked = statement("decision = 'granted' AND follow_up IS NULL")
    private static let asked = statement("decision = 'granted' AND follow_up IS NOT NULL")
    private static let kept = statement("channel = 'expired' AND follow_up IS NULL")

    /// The hour makes a message that was refused come again with another id.
    private static func statement(_ condition: String) -> String {
        """
        SELECT contact, decided_at, extract(epoch FROM date_trunc('hour', now()))::bigint FROM current_decision
        WHERE consent = $1 AND \(condition) AND decided_at <= now() - $2::bigint * interval '1 microsecond'
            AND (decided_at, contact) > ($3, $4)
        ORDER BY decided_at, contact LIMIT \(batchLimit)
        """
    }

    /// None if no grant can run out.
    var companions: [Periodic] {
        guard !searches.isEmpty else { return [] }
        return [
            Periodic(
                every: interval,
                failure: "publishing internal messages for grants that run out failed; trying again in 500 ms",
                log: host.log
            ) { try await self.sweep() }
        ]
    }

    private func sweep() async throws {
        let positions = positions.withLock { $0 }
        let found = try await host.pool.run(zip(searches, positions).map { $0.statement(after: $1) })
        var next = positions
        var messages: [OutgoingMessage] = []
        for (place, rows) in found.enumerated() {
            next[place] = Position()
            for row in rows {
                let position = Position(
                    decidedAt: Timestamp(microseconds: try row.timestampMicroseconds(1)), contact: try row.text(0))
                messages.append(message(searches[place], position, hour: try row.int64(2)))
                if rows.count == batchLimit { next[place] = position }
            }
        }
        if !messages.isEmpty { try await host.publisher.publish(messages) }
        self.positions.withLock { $0 = next }
    }

    /// The event's time is fixed: the message must have the same bytes each time, or the inbox would take it for
    /// another one.
    private func message(_ search: Search, _ found: Position, hour: Int64) -> OutgoingMessage {
        let notice = ConsentDueNotice(dueAt: found.decidedAt + search.age)
        let id = derivedID(
            "consent due", found.contact, search.consent, String(notice.dueAt.microseconds), String(hour))
        let event = Event(
            id: id, source: host.service.source, type: ConsentDueNotice.type, subject: found.contact,
            time: Timestamp(microseconds: 0), data: notice.json)
        return OutgoingMessage(event, on: .internal, by: host.service)
    }
}

extension Duration {
    var microseconds: Int64 { Int64(self / .microseconds(1)) }
}
