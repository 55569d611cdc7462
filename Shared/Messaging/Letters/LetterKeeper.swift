import FoundationEssentials
import Logging
import Metrics
import Models
import PostgreSQL
import RabbitMQ

/// Deliveries that wait to become letters at a time.
private let prefetch: UInt16 = 100
/// Letters that go in one statement.
private let sweepLimit = 1000

/// Keeps messages that no batch could accept as letters: questions, what the broker gave up, and, at consent, what no
/// queue takes (contract section 1). Deletes letters when their time is over.
struct LetterKeeper: Sendable {
    let service: SuiteService
    let pool: Pool
    let partitions: Int
    let sensitiveFields: SensitiveNames
    let seal: LetterSeal
    let bytes: Int64
    let life: Duration
    let log: Logger

    /// The queue, and the letters' exchange, of what reached no service.
    static let unrouted = "unrouted"

    init<Store: AggregateStore>(_ runtime: Runtime<Store>, pool: Pool) {
        service = runtime.service
        self.pool = pool
        partitions = runtime.partitions
        sensitiveFields = runtime.sensitiveFields
        seal = runtime.letterSeal
        bytes = runtime.letterBytes
        life = runtime.letterLife
        log = runtime.log
    }

    /// One message; the same again raises its letter's count.
    func keep(_ incoming: Incoming, _ refusal: Refusal) async throws {
        let now = Timestamp.now
        let id = newID(at: now)
        // Any partition's row may count the body; the message's own key spreads them.
        let partition = Int(id.bytes[15]) % partitions
        let row = try await pool.run([
            Statement("SELECT letter_bytes FROM partition WHERE number = $1", [.int4(Int32(partition))])
        ])[0]
        let room = bytes / Int64(partitions) - (try row.first?.int64(0) ?? 0)
        let letter = Letter(id: id, incoming, refusal, sensitive: sensitiveFields, room: room)
        var statements = [LetterStatements.insert([letter], partition: partition, at: now, seal: seal)]
        if let body = letter.body { statements.append(LetterStatements.count(Int64(body.count), in: partition)) }
        _ = try await pool.run(statements)
    }

    /// Takes up a queue of the broker's until the session ends.
    func takeUp(_ queue: String, from connection: RabbitMQ.Connection, _ refusal: Refusal) async throws {
        try await connection.consume(queue: queue, prefetch: prefetch)
        while !Task.isCancelled {
            let deliveries = try await connection.deliveries(atMost: Int(prefetch))
            for var delivery in deliveries {
                // What no service takes is no service's to judge again.
                if queue == Self.unrouted { delivery.exchange = Self.unrouted }
                try await keep(Incoming(givenUp: delivery, refusal), refusal)
                log.warning(
                    "a message that reached no service was kept as a dead letter",
                    metadata: ["queue": "\(queue)", "code": "\(refusal.code.rawValue)"])
                connection.acknowledge(only: delivery.tag)
            }
        }
    }

    /// Deletes what is older than it may be, and counts anew what the bodies take.
    func sweep() async throws {
        let limit = (Timestamp.now - life).microseconds
        var deleted = 0
        repeat {
            let gone = try await pool.run([
                Statement(
                    """
                    WITH gone AS (
                        DELETE FROM dead_letter WHERE id IN (
                            SELECT id FROM dead_letter WHERE at < $1 ORDER BY at LIMIT \(sweepLimit)) RETURNING 1)
                    SELECT count(*) FROM gone
                    """, [.timestamp(limit)])
            ])
            deleted = Int(try gone[0][0].int64(0))
        } while deleted == sweepLimit
        _ = try await pool.run([
            Statement(
                """
                UPDATE partition AS p SET letter_bytes = coalesce(
                    (SELECT sum(octet_length(body)) FROM dead_letter WHERE dead_letter.partition = p.number), 0)
                """),
            Statement("DELETE FROM trial WHERE tried_at < now() - interval '30 days'"),
        ])
    }
}
