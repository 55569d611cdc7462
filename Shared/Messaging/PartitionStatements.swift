import FoundationEssentials
import Models
import PostgreSQL

/// The length of an inbox slot. With four slots, an inbox row lasts for two whole weeks at least (contract section 1).
private let microsecondsPerWeek: Int64 = 7 * 86_400 * 1_000_000

/// The inbox slot for messages that arrive at this time.
func inboxSlot(at now: Timestamp) -> Int { Int(now.microseconds / microsecondsPerWeek % 4) }

/// The number of the week, for `clear_inbox`.
func inboxWeek(at now: Timestamp) -> Int { Int(now.microseconds / microsecondsPerWeek) }

/// SQL conditions for statements outside of a batch.
package enum PartitionCondition {
    /// The database is the one in which the current epoch began. If not, it may lack its last commits, and a new epoch
    /// begins within seconds (X5).
    package static let isSameDatabase =
        "NOT EXISTS (SELECT FROM partition WHERE incarnation IS DISTINCT FROM incarnation())"
}

/// The SQL of a batch. The number of statements does not depend on the batch's size.
enum PartitionStatements {
    /// Locks the partition's row, so that only one session writes to the partition. The first statement of every
    /// transaction.
    static func lock(_ partition: Int) -> Statement {
        Statement(
            """
            SELECT next_number, epoch, writer, letter_bytes,
                recover_from IS NULL AND incarnation IS NOT DISTINCT FROM incarnation()
            FROM partition WHERE number = $1 FOR UPDATE
            """, [.int4(Int32(partition))])
    }

    /// Makes a session the partition's writer. The previous writer finds another id in the row and ends.
    static func setWriter(_ partition: Int, _ writer: UUID, of instance: UUID) -> Statement {
        Statement(
            "UPDATE partition SET writer = $2, writer_instance = $3 WHERE number = $1",
            [.int4(Int32(partition)), .uuid(writer), .uuid(instance)])
    }

    /// Returns whether the outbox has rows of a session that has ended. The session's instance has no heartbeat or is
    /// this one.
    static func hasStrandedRows(_ partition: Int, session: UUID, instance: UUID) -> Statement {
        Statement(
            """
            SELECT true FROM partition WHERE number = $1 AND writer IS DISTINCT FROM $2
                AND (writer_instance IS NOT DISTINCT FROM $3 OR NOT EXISTS (
                    SELECT FROM instance WHERE id = partition.writer_instance
                        AND seen_at > now() - interval '\(Instances.staleAfterSeconds) s'))
                AND EXISTS (SELECT FROM outbox WHERE outbox.partition = $1)
            """, [.int4(Int32(partition)), .uuid(session), .uuid(instance)])
    }

    static let peerEpochs = Statement("SELECT service, epoch FROM peer_epoch")

    static func peerEpochs(_ rows: Rows) throws -> [SuiteService: Int64] {
        var epochs: [SuiteService: Int64] = [:]
        for row in rows {
            if let service = SuiteService(rawValue: try row.text(0)) { epochs[service] = try row.int64(1) }
        }
        return epochs
    }

    /// Reads which of the messages were decided before. LATERAL … LIMIT makes the planner use one index look-up per
    /// message and slot, whatever its statistics are.
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
        let rows = rows.map { (key: $0.key, row: $0.value) }.sorted { $0.key.id < $1.key.id }
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

    /// Stores the replies of requests that took effect in an earlier batch.
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

    /// Stores the partition's next number. `endsEpoch` clears the incarnation, so that a new epoch begins: the batch
    /// has found that the database lost commits.
    static func advance(_ partition: Int, to next: Int64, endsEpoch: Bool) -> Statement {
        Statement(
            """
            UPDATE partition SET next_number = $2, incarnation = CASE WHEN $3 THEN '' ELSE incarnation END
            WHERE number = $1
            """, [.int4(Int32(partition)), .int8(next), .bool(endsEpoch)])
    }

    static func deletePublished(_ numbers: [Int64], partition: Int) -> Statement {
        Statement(
            "DELETE FROM outbox WHERE partition = $1 AND number = ANY ($2::bigint[])",
            [.int4(Int32(partition)), .int8s(numbers)])
    }

    /// Reads the rows that an earlier session did not publish, in order.
    static func leftOver(_ partition: Int, after number: Int64, limit: Int) -> Statement {
        Statement(
            """
            SELECT number, message_id, exchange, routing_key, subject, correlation, traceparent, is_held, body
            FROM outbox WHERE partition = $1 AND number > $2 ORDER BY number LIMIT $3
            """, [.int4(Int32(partition)), .int8(number), .int8(Int64(limit))])
    }

    /// Reads the facts that waited for room in the relay, in order.
    static func facts(_ partition: Int, from number: Int64, limit: Int) -> Statement {
        Statement(
            """
            SELECT number, message_id, exchange, routing_key, subject, correlation, traceparent, is_held, body
            FROM outbox WHERE partition = $1 AND number >= $2 AND exchange = 'facts' ORDER BY number LIMIT $3
            """, [.int4(Int32(partition)), .int8(number), .int8(Int64(limit))])
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

    /// Counts a trial of a suspect message before it is decided. Committed on its own.
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

/// The row of a partition, read under a lock.
struct PartitionRow: Sendable {
    let nextNumber: Int64
    let epoch: Int64
    var writer: UUID?
    var letterBytes: Int64 = 0
    /// Whether the database has not changed since the epoch began and no recovery is in progress.
    var isCurrent = true

    init(nextNumber: Int64, epoch: Int64 = 0) {
        self.nextNumber = nextNumber
        self.epoch = epoch
    }

    init(_ row: Row) throws {
        nextNumber = try row.int64(0)
        epoch = try row.int64(1)
        writer = try row.optionalUUID(2)
        letterBytes = try row.int64(3)
        isCurrent = try row.bool(4)
    }
}
