import FoundationEssentials
import Models
import PostgreSQL
import RabbitMQ

/// The SQL of dead letters for batches and questions.
enum LetterStatements {
    /// Inserts letters and adds the bytes of new bodies to the partition's row.
    private static let insert = """
        WITH kept AS (INSERT INTO dead_letter (id, key, partition, at, code, message, pointer, exchange, type, account,
            contact, source, message_id, properties, body, body_bytes, repeated)
        SELECT l.id, l.key, $1, $2, l.code, l.message, l.pointer, l.exchange, l.type, l.account, l.contact, l.source,
            l.message_id, l.properties, l.body, l.body_bytes, l.repeated
        FROM unnest($3::uuid[], $4::bytea[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[],
            $11::text[], $12::text[], $13::uuid[], $14::text[], $15::bytea[], $16::integer[], $17::integer[])
            AS l (id, key, code, message, pointer, exchange, type, account, contact, source, message_id, properties,
                body, body_bytes, repeated)
        ON CONFLICT (key) DO UPDATE SET repeated = dead_letter.repeated + excluded.repeated + 1
        RETURNING CASE WHEN xmax = 0 THEN octet_length(body) END AS bytes)
        UPDATE partition SET letter_bytes = letter_bytes + coalesce((SELECT sum(bytes) FROM kept), 0)
        WHERE number = $1::integer
        """

    /// Inserts in the order of the keys, so that two partitions do not deadlock. The caller's transaction has locked
    /// the partition's row.
    static func insert(_ letters: [Letter], partition: Int, at now: Timestamp, seal: LetterSeal) -> Statement {
        let letters = letters.sorted { $0.key.lexicographicallyPrecedes($1.key) }
        let incoming = letters.map(\.incoming)
        return Statement(
            insert,
            [
                .int4(Int32(partition)), .timestamp(now.microseconds), .uuids(letters.map(\.id)),
                .byteArrays(letters.map(\.key)), .texts(letters.map(\.refusal.code.rawValue)),
                .texts(letters.map(\.refusal.message.storable)), .texts(letters.map(\.refusal.pointer?.storable)),
                .texts(incoming.map(\.delivery.exchange.storable)), .texts(incoming.map(\.type.storable)),
                .texts(incoming.map { ($0.delivery.properties.userID ?? "").storable }),
                .texts(incoming.map(\.contact)), .texts(incoming.map { $0.identity?.source.storable }),
                .uuids(incoming.map { $0.identity?.id }), .texts(letters.map(\.properties.serialized)),
                .byteArrays(letters.map { letter in letter.body.map { seal.seal($0, letter: letter.id) } }),
                .int4s(incoming.map { Int32(clamping: $0.delivery.body.count) }),
                .int4s(letters.map { Int32($0.count - 1) }),
            ])
    }

    /// Reserves numbers for facts about letters outside of a batch. Returns the partition's next number.
    static func takeNumbers(_ count: Int, in partition: Int) -> Statement {
        Statement(
            """
            UPDATE partition SET next_number = next_number + $2 * \(SequenceNumber.step) WHERE number = $1
            RETURNING next_number
            """, [.int4(Int32(partition)), .int8(Int64(count))])
    }

    /// Recalculates the bytes of stored bodies. The count locks no partition; letters that arrive meanwhile are counted
    /// the next time.
    static func countAnew(in pool: Pool) async throws {
        let sums = try await pool.run([
            Statement(
                """
                SELECT p.number, coalesce(sum(octet_length(l.body)), 0)::bigint
                FROM partition AS p LEFT JOIN dead_letter AS l ON l.partition = p.number GROUP BY p.number
                """)
        ])[0]
        for row in sums {
            _ = try await pool.run([
                Statement(
                    "UPDATE partition SET letter_bytes = $2 WHERE number = $1",
                    [.int4(Int32(try row.int64(0))), .int8(try row.int64(1))])
            ])
        }
    }

    /// Reads the columns that a redrive of a letter needs.
    static func body(of letter: UUID) -> Statement {
        Statement(
            """
            SELECT id, exchange, type, account, properties, body FROM dead_letter WHERE id = $1 AND body IS NOT NULL
            """, [.uuid(letter)])
    }

    /// Rebuilds the delivery of a letter; nil if the body cannot be decrypted. The tag is 0, because there is no
    /// delivery to acknowledge.
    static func delivery(_ row: Row, seal: LetterSeal) throws -> Delivery? {
        guard let body = seal.open(try row.bytes(5), letter: try row.uuid(0)) else { return nil }
        let kept = try JSON(parsing: Array(try row.text(4).utf8))
        var headers: [String: HeaderValue] = [:]
        for member in kept["headers"]?.members ?? [] {
            switch member.value {
            case .string(let text): headers[member.name] = .string(text)
            case .bool(let value): headers[member.name] = .bool(value)
            case .number(let literal): headers[member.name] = Int64(literal).map { .integer($0) }
            case .null, .array, .object: continue
            }
        }
        // No `reply_to`: the asker no longer waits for the reply.
        let properties = Properties(
            contentType: kept["contentType"]?.text, deliveryMode: 2, messageID: kept["messageId"]?.text,
            userID: try row.text(3), headers: headers)
        return Delivery(
            tag: 0, exchange: try row.text(1), routingKey: try row.text(2), isRedelivered: true,
            properties: properties, body: body)
    }

    static func delete(_ letters: [UUID]) -> Statement {
        Statement("DELETE FROM dead_letter WHERE id = ANY ($1::uuid[])", [.uuids(letters)])
    }

    static func countRedriven(_ letters: [UUID]) -> Statement {
        Statement("UPDATE dead_letter SET redriven = redriven + 1 WHERE id = ANY ($1::uuid[])", [.uuids(letters)])
    }
}

extension String {
    /// The text without U+0000, which PostgreSQL cannot store.
    var storable: String {
        utf8.contains(0) ? String(unicodeScalars.map { $0.value == 0 ? "\u{FFFD}" : Character($0) }) : self
    }
}
