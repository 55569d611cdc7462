import FoundationEssentials
import Models
import PostgreSQL
import RabbitMQ

/// The SQL of dead letters, as far as batches and questions write them.
enum LetterStatements {
    private static let insert = """
        INSERT INTO dead_letter (id, key, partition, at, code, message, pointer, exchange, type, account, contact,
            source, message_id, properties, body, body_bytes, repeated)
        SELECT l.id, l.key, $1, $2, l.code, l.message, l.pointer, l.exchange, l.type, l.account, l.contact, l.source,
            l.message_id, l.properties, l.body, l.body_bytes, l.repeated
        FROM unnest($3::uuid[], $4::bytea[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[],
            $11::text[], $12::text[], $13::uuid[], $14::text[], $15::bytea[], $16::integer[], $17::integer[])
            AS l (id, key, code, message, pointer, exchange, type, account, contact, source, message_id, properties,
                body, body_bytes, repeated)
        ON CONFLICT (key) DO UPDATE SET repeated = dead_letter.repeated + excluded.repeated + 1
        """

    static func insert(_ letters: [Letter], partition: Int, at now: Timestamp, seal: LetterSeal) -> Statement {
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

    /// Letters outside of a batch: the partition's row counts their bodies and gives their facts numbers. Answers the
    /// partition's next number.
    static func count(_ bytes: Int64, numbers: Int, in partition: Int) -> Statement {
        Statement(
            """
            UPDATE partition
            SET letter_bytes = letter_bytes + $2, next_number = next_number + $3 * \(SequenceNumber.step)
            WHERE number = $1 RETURNING next_number
            """, [.int4(Int32(partition)), .int8(bytes), .int8(Int64(numbers))])
    }

    /// Counts what the bodies take, in the order in which a new epoch locks the partitions.
    static let countAnew = Statement(
        """
        WITH held AS (SELECT number FROM partition ORDER BY number FOR UPDATE)
        UPDATE partition AS p SET letter_bytes = coalesce(
            (SELECT sum(octet_length(body)) FROM dead_letter WHERE dead_letter.partition = p.number), 0)
        FROM held WHERE held.number = p.number
        """)

    /// What it takes to judge letters again, in their order.
    static func bodies(of letters: [UUID]) -> Statement {
        Statement(
            """
            SELECT id, exchange, type, account, properties, body FROM dead_letter
            WHERE id = ANY ($1::uuid[]) AND body IS NOT NULL ORDER BY id
            """, [.uuids(letters)])
    }

    /// Nil where the body does not open. Its tag is 0: there is nothing to acknowledge.
    static func delivery(_ row: Row, seal: LetterSeal) throws -> (id: UUID, delivery: Delivery)? {
        let id = try row.uuid(0)
        guard let body = seal.open(try row.bytes(5), letter: id) else { return nil }
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
        // Nobody waits for the answer any more.
        let properties = Properties(
            contentType: kept["contentType"]?.text, deliveryMode: 2, messageID: kept["messageId"]?.text,
            userID: try row.text(3), headers: headers)
        return (
            id,
            Delivery(
                tag: 0, exchange: try row.text(1), routingKey: try row.text(2), isRedelivered: true,
                properties: properties, body: body)
        )
    }

    static func delete(_ letters: [UUID]) -> Statement {
        Statement("DELETE FROM dead_letter WHERE id = ANY ($1::uuid[])", [.uuids(letters)])
    }

    static func countRedriven(_ letters: [UUID]) -> Statement {
        Statement("UPDATE dead_letter SET redriven = redriven + 1 WHERE id = ANY ($1::uuid[])", [.uuids(letters)])
    }
}

extension String {
    /// PostgreSQL stores no U+0000.
    fileprivate var storable: String {
        utf8.contains(0) ? String(unicodeScalars.map { $0.value == 0 ? "\u{FFFD}" : Character($0) }) : self
    }
}
