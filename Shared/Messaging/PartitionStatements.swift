import FoundationEssentials
import Models
import PostgreSQL

/// How long an inbox row counts at least: two whole weeks (contract section 1); four slots of a week make it so.
private let microsecondsPerWeek: Int64 = 7 * 86_400 * 1_000_000

/// The slot of the inbox for what arrives now.
func inboxSlot(at now: Timestamp) -> Int { Int(now.microseconds / microsecondsPerWeek % 4) }

/// The week's number, for `clear_inbox`.
func inboxWeek(at now: Timestamp) -> Int { Int(now.microseconds / microsecondsPerWeek) }

/// The SQL of the way of a message. The statements' number does not depend on the batch's size.
enum PartitionStatements {
    /// Locks the partition's row, so that one writer at a time works on it.
    static func lock(_ partition: Int) -> Statement {
        Statement(
            "SELECT next_number FROM partition WHERE number = $1 FOR UPDATE", [.int4(Int32(partition))])
    }

    /// Which of the messages took effect before. LATERAL … LIMIT keeps the planner at one index look-up a message and
    /// slot, whatever its statistics say.
    static func seen(_ keys: [MessageKey]) -> Statement {
        Statement(
            """
            SELECT m.id, m.source, i.body_hash, i.reply, i.is_held
            FROM unnest($1::uuid[], $2::text[]) AS m (id, source)
            CROSS JOIN LATERAL (
                SELECT body_hash, reply, is_held FROM inbox WHERE inbox.id = m.id AND inbox.source = m.source LIMIT 1
            ) AS i
            """, [.uuids(keys.map(\.id)), .texts(keys.map(\.source))])
    }

    static func seenRows(_ rows: Rows) throws -> [MessageKey: InboxRow] {
        var seen: [MessageKey: InboxRow] = [:]
        for row in rows {
            seen[MessageKey(id: try row.uuid(0), source: try row.text(1))] = InboxRow(
                bodyHash: try row.bytes(2), reply: try row.optionalText(3), isHeld: try row.bool(4))
        }
        return seen
    }

    static func insertInbox(_ rows: [MessageKey: InboxRow], slot: Int) -> Statement {
        let rows = rows.map { (key: $0.key, row: $0.value) }
        return Statement(
            """
            INSERT INTO inbox_\(slot) (slot, id, source, body_hash, reply, is_held)
            SELECT \(slot), m.* FROM unnest($1::uuid[], $2::text[], $3::bytea[], $4::text[], $5::boolean[]) AS m
            """,
            [
                .uuids(rows.map(\.key.id)), .texts(rows.map(\.key.source)), .byteArrays(rows.map(\.row.bodyHash)),
                .texts(rows.map(\.row.reply)), .bools(rows.map(\.row.isHeld)),
            ])
    }

    /// The reply of requests that were answered later than they took effect.
    static func answerInbox(_ answers: [MessageKey: KeptAnswer]) -> Statement {
        let answers = answers.map { (key: $0.key, answer: $0.value) }
        return Statement(
            """
            UPDATE inbox SET reply = answer.reply, is_held = answer.is_held
            FROM unnest($1::uuid[], $2::text[], $3::text[], $4::boolean[]) AS answer (id, source, reply, is_held)
            WHERE inbox.id = answer.id AND inbox.source = answer.source
            """,
            [
                .uuids(answers.map(\.key.id)), .texts(answers.map(\.key.source)),
                .texts(answers.map(\.answer.reply)), .bools(answers.map(\.answer.isHeld)),
            ])
    }

    static func insertOutbox(_ rows: [OutboxRow], partition: Int, at now: Timestamp) -> Statement {
        Statement(
            """
            INSERT INTO outbox (partition, created_at, number, message_id, exchange, routing_key, subject, correlation,
                traceparent, is_held, body)
            SELECT $1, $2, m.* FROM unnest($3::bigint[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::text[],
                $9::text[], $10::boolean[], $11::bytea[]) AS m
            """,
            [
                .int4(Int32(partition)), .timestamp(now.microseconds), .int8s(rows.map(\.number)),
                .uuids(rows.map(\.messageID)), .texts(rows.map(\.exchange)), .texts(rows.map(\.routingKey)),
                .texts(rows.map(\.subject)), .texts(rows.map(\.correlation)), .texts(rows.map(\.traceparent)),
                .bools(rows.map(\.isHeld)),
                .byteArrays(rows.map(\.body)),
            ])
    }

    static func advance(_ partition: Int, to next: Int64) -> Statement {
        Statement("UPDATE partition SET next_number = $2 WHERE number = $1", [.int4(Int32(partition)), .int8(next)])
    }

    static func deletePublished(_ numbers: [Int64], partition: Int) -> Statement {
        Statement(
            "DELETE FROM outbox WHERE partition = $1 AND number = ANY ($2::bigint[])",
            [.int4(Int32(partition)), .int8s(numbers)])
    }

    /// Rows that were committed by somebody who did not live to publish them, oldest first.
    static func leftOver(_ partition: Int, before: Timestamp, limit: Int) -> Statement {
        Statement(
            """
            SELECT number, message_id, exchange, routing_key, subject, correlation, traceparent, is_held, body
            FROM outbox
            WHERE partition = $1 AND created_at < $2 ORDER BY number LIMIT $3
            """, [.int4(Int32(partition)), .timestamp(before.microseconds), .int8(Int64(limit))])
    }

    static func outboxRows(_ rows: Rows) throws -> [OutboxRow] {
        var all: [OutboxRow] = []
        for row in rows {
            all.append(
                OutboxRow(
                    number: try row.int64(0), messageID: try row.uuid(1), exchange: try row.text(2),
                    routingKey: try row.text(3), subject: try row.text(4), correlation: try row.optionalText(5),
                    traceparent: try row.optionalText(6), isHeld: try row.bool(7), body: try row.bytes(8)))
        }
        return all
    }

    /// Counts a suspect's trial before it is taken up; committed on its own.
    static func countTrial(_ bodyHash: [UInt8], at now: Timestamp) -> Statement {
        Statement(
            """
            INSERT INTO trial (body_hash, count, tried_at) VALUES ($1, 1, $2)
            ON CONFLICT (body_hash) DO UPDATE SET count = trial.count + 1, tried_at = excluded.tried_at RETURNING count
            """, [.bytes(bodyHash), .timestamp(now.microseconds)])
    }

    static func endTrial(_ bodyHash: [UInt8]) -> Statement {
        Statement("DELETE FROM trial WHERE body_hash = $1", [.bytes(bodyHash)])
    }
}
