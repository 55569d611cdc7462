import FoundationEssentials
import Logging
import Metrics
import Models
import PostgreSQL
import RabbitMQ

/// Deliveries that may wait to be stored as letters.
private let prefetch: UInt16 = 100
/// Letters that one statement deletes.
private let sweepLimit = 1000

/// Stores messages as dead letters that reach no batch: questions, messages that the broker gave up, and, at consent,
/// messages that no queue takes (contract section 1). Deletes letters after their retention time.
struct LetterKeeper: Sendable {
    let service: SuiteService
    let pool: Pool
    let partitions: Int
    let sensitiveFields: SensitiveNames
    let seal: LetterSeal
    let bytes: Int64
    let life: Duration
    let facts: FactRelay
    let expected: [String: ExpectedType]
    let log: Logger

    /// The queue of messages that reached no service, and the exchange name of their letters.
    static let unrouted = "unrouted"

    init<Store: AggregateStore>(_ runtime: Runtime<Store>, pool: Pool) {
        service = runtime.service
        self.pool = pool
        partitions = runtime.partitions
        sensitiveFields = runtime.sensitiveFields
        seal = runtime.letterSeal
        bytes = runtime.letterBytes
        life = runtime.letterLife
        facts = runtime.facts
        expected = runtime.registry.expected
        log = runtime.log
    }

    /// Stores messages as dead letters and notifies their publishers. A repeated message raises the count of its letter
    /// and is notified again. Returns false if the process ends before all publishers are notified.
    func keep(_ refused: [(incoming: Incoming, refusal: Refusal)]) async throws -> Bool {
        let now = Timestamp.now
        // The partition whose row counts the bodies. Chosen at random, which spreads the load.
        let partition = Int(newID(at: now).bytes[15]) % partitions
        let (letters, next) = try await pool.withConnection { connection -> ([Letter], Int64) in
            let row = try await connection.run([
                Statement("BEGIN"),
                Statement(
                    "SELECT letter_bytes FROM partition WHERE number = $1 FOR UPDATE", [.int4(Int32(partition))]),
            ])[1].first
            let room = bytes / Int64(partitions) - (try row?.int64(0) ?? 0)
            let letters = self.letters(of: refused, room: room, at: now)
            var changes = JobChanges()
            changes.outcomes = refused.compactMap {
                ItemOutcome(refused: $0.incoming.delivery, $0.refusal, by: service)
            }
            let next = try await connection.run(
                [
                    LetterStatements.insert(letters, partition: partition, at: now, seal: seal),
                    LetterStatements.takeNumbers(letters.count, in: partition),
                ] + changes.statements + [Statement("COMMIT")])[1][0].int64(0)
            return (letters, next)
        }
        return await facts.tell(
            letters.enumerated().map { place, letter in
                letter.event(by: service, sequence: next - Int64(letters.count - place) * SequenceNumber.step, at: now)
            })
    }

    private func letters(
        of refused: [(incoming: Incoming, refusal: Refusal)], room: Int64, at now: Timestamp
    ) -> [Letter] {
        var room = room
        var letters: [Letter] = []
        for (incoming, refusal) in refused {
            let letter = Letter(id: newID(at: now), incoming, refusal, sensitive: sensitiveFields, room: room)
            if let place = letters.firstIndex(where: { $0.key == letter.key }) {
                letters[place].count += 1
            } else {
                room -= Int64(letter.body?.count ?? 0)
                letters.append(letter)
            }
        }
        return letters
    }

    /// Stores the messages of one of the broker's queues until the session ends.
    func takeUp(_ queue: String, from connection: RabbitMQ.Connection, _ refusal: Refusal) async throws {
        try await connection.consume(queue: queue, prefetch: prefetch, limits: .ofQuestions)
        while !Task.isCancelled {
            let deliveries = try await connection.deliveries(atMost: Int(prefetch))
            guard let last = deliveries.last else { continue }
            let refused = deliveries.map { delivery in
                queue == Self.unrouted
                    ? Incoming(unrouted: delivery, refusal) : Incoming(givenUp: delivery, refusal, expecting: expected)
            }
            guard try await keep(refused.map { ($0, refusal) }) else { return }
            log.warning(
                "messages that the broker gave up or could not route were stored as dead letters",
                metadata: [
                    "queue": "\(queue)", "code": "\(refusal.code.rawValue)", "count": "\(deliveries.count)",
                ])
            connection.acknowledge(through: last.tag)
        }
    }

    /// Deletes letters after their retention time and recalculates the bytes of stored bodies.
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
        try await LetterStatements.countAnew(in: pool)
        _ = try await pool.run([
            Statement("DELETE FROM trial WHERE tried_at < now() - interval '30 days'")
        ])
    }
}
