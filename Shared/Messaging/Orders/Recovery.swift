import Cryptography
import FoundationEssentials
import Logging
import Metrics
import Models
import PostgreSQL
import RabbitMQ

/// The interval between two checks without a wake-up.
private let interval = Duration.seconds(2)
/// The pause before another service is asked again.
private let pause = Duration.milliseconds(200)
/// The timeout of one question.
private let askTimeout = Duration.seconds(5)
/// How long to ask a service that is down, if the database server was only restarted and the answer is not essential.
private let patience = Duration.seconds(2)

/// Begins a new epoch when the database may have lost its last commits: after a failover to a replica, a restore of a
/// backup, or a restart of the server.
///
/// Numbers of the new epoch are higher than all earlier ones, so that no number is used twice. The service then asks
/// other services for their knowledge and takes over items that are stricter than its own state (X5). Partitions
/// process no messages until this is done.
///
/// Model-checked in `Tests/Models/orders.pml`.
struct Recovery<Store: AggregateStore>: Sendable {
    let runtime: Runtime<Store>
    let recalls: [any Recall<Store.State>]
    let pool: Pool
    let asker: Asker

    /// Checks the database until the task is cancelled: at intervals, and at once when a partition's worker requests
    /// it.
    func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                while !Task.isCancelled {
                    runtime.epochWakes.continuation.yield()
                    try? await Task.sleep(for: interval)
                }
            }
            group.addTask {
                for await _ in runtime.epochWakes.stream {
                    do {
                        try await look()
                    } catch {
                        runtime.log.warning(
                            "recovering lost commits failed; retrying in 200 ms",
                            metadata: ["error": "\(error)"])
                        try? await Task.sleep(for: pause)
                        runtime.epochWakes.continuation.yield()
                    }
                }
            }
            await group.next()
            group.cancelAll()
        }
    }

    /// Begins an epoch and recovers lost commits if needed.
    func look() async throws {
        let row = try await pool.run([
            Statement(
                """
                SELECT bool_or(incarnation IS DISTINCT FROM incarnation()), bool_or(recover_from IS NOT NULL)
                FROM partition
                """)
        ])[0][0]
        if try row.bool(0) { try await begin() }
        guard try row.bool(0) || row.bool(1) else { return }
        do {
            try await recover()
        } catch let error as LowEpoch {
            try await begin(above: error.heard)
            try await recover()
        }
    }

    /// Begins an epoch if needed. Takes no lock if not.
    func beginIfNeeded() async throws {
        let row = try await pool.run([
            Statement("SELECT bool_or(incarnation IS DISTINCT FROM incarnation()) FROM partition")
        ])[0][0]
        if try row.bool(0) { try await begin() }
    }

    /// Begins an epoch if the database's incarnation has changed or its epoch is below `heard`.
    ///
    /// - Parameter heard: an epoch of this service that another service knows and this database has lost.
    private func begin(above heard: Int64 = 0) async throws {
        let now = Timestamp.now
        let bits = Random.bytes(2)
        try await pool.withConnection { connection in
            let found = try await connection.run([Statement("BEGIN"), Statement(RecoveryStatements.lock)])[1]
            var partitions: [LostPartition] = []
            for row in found { partitions.append(try LostPartition(row)) }
            let isLow = partitions.contains { $0.epoch < heard }
            guard isLow || partitions.contains(where: { $0.incarnation != $0.current }) else {
                try await connection.rollbackIfOpen()
                return
            }
            let isFirst = partitions.allSatisfy { $0.incarnation == nil }
            let highest = partitions.reduce(heard) { max($0, $1.nextNumber, $1.epoch) }
            let epoch = SequenceNumber.epoch(at: now, random: UInt16(bits[0]) << 8 | UInt16(bits[1]), above: highest)
            let above = try await connection.run([Statement(RecoveryStatements.renumber, [.int8(epoch)])])[0][0]
            let isAsking = !isFirst && !recalls.isEmpty
            let isAnother = partitions.contains { $0.isAnotherDatabase }
            if !isFirst, isAnother {
                try await runtime.store.beginHistory(
                    epoch, partitions: partitions.count, at: now, on: connection)
            }
            _ = try await connection.run([
                Statement(
                    RecoveryStatements.begin,
                    [
                        .int8(epoch), .int8(try above.int64(0)),
                        .int8s(partitions.map { isAsking ? $0.recoverFrom ?? $0.nextNumber : nil }),
                        .bool(isAsking && (isAnother || partitions.contains(where: \.mustRecover))),
                    ]), Statement("COMMIT"),
            ])
            guard !isFirst else { return }
            Counter(label: "assent_epochs_total").increment()
            runtime.log.notice("the database was restarted, promoted or restored: a new epoch begins")
        }
    }

    /// Asks each service and takes over its items. After a failure it starts again from the beginning.
    private func recover() async throws {
        let rows = try await pool.run([
            Statement(
                """
                SELECT number, epoch, recover_from, must_recover FROM partition WHERE recover_from IS NOT NULL
                """)
        ])[0]
        guard let first = rows.first else { return }
        let epoch = try first.int64(1)
        var lost: [Int: Int64] = [:]
        for row in rows { lost[Int(try row.int64(0))] = try row.int64(2) }
        let mustRecover = try first.bool(3)
        for recall in recalls where mustRecover || recall.followsRestart {
            let deadline: ContinuousClock.Instant? = recall.isEssential || mustRecover ? nil : .now + patience
            let lost = try await recall.firstLost(pool) ?? lost
            try await ask(recall, epoch: epoch, lost: lost, until: deadline)
        }
        _ = try await pool.run([Statement(RecoveryStatements.end, [.int8(epoch)])])
        runtime.log.notice("recovery of lost commits finished; the partitions continue")
    }

    private func ask(
        _ recall: any Recall<Store.State>, epoch: Int64, lost: [Int: Int64], until deadline: ContinuousClock.Instant?
    ) async throws {
        var after: String?
        repeat {
            let question = RecallQuestion(epoch: epoch, lost: lost, after: after)
            do {
                let reply = try await asker.ask(
                    recall.type, subject: runtime.service.rawValue, question.json, timeout: askTimeout)
                let reader = try Reader(reply, at: "/data")
                var items: [RecalledItem] = []
                for (json, pointer) in try reader.array("items", limit: RecallQuestion.mostItems) {
                    items.append(try RecalledItem(reading: try Reader(json, at: pointer)))
                }
                if !items.isEmpty { try await takeOver(items, by: recall, epoch: epoch) }
                let heard = reader.optional("heard") == nil ? 0 : try reader.integer("heard", in: 0...Int64.max)
                if heard > epoch { throw LowEpoch(heard: heard) }
                after = try reader.optionalText("next", limit: 512)
                if after == nil { return }
            } catch let error as AskError {
                try Task.checkCancellation()
                if let deadline, ContinuousClock.now > deadline {
                    runtime.log.warning(
                        "a recovery question was not answered; continuing without the answer",
                        metadata: ["service": "\(recall.peer.rawValue)"])
                    return
                }
                runtime.log.warning(
                    "a recovery question failed; retrying in 200 ms, the partitions wait meanwhile",
                    metadata: ["service": "\(recall.peer.rawValue)", "error": "\(error)"])
                try await Task.sleep(for: pause)
            }
        } while true
    }

    /// Takes over items in one transaction that locks every partition, because the contacts may belong to any of them.
    private func takeOver(
        _ items: [RecalledItem], by recall: any Recall<Store.State>, epoch: Int64
    ) async throws {
        let states = BatchStates(
            runtime.store, partition: 0, keys: Set(items.map(\.contact.text)), sharedKeys: recall.sharedKeys,
            takesNumbers: recall.takesNumbers)
        try await pool.withConnection { connection in
            let rows = try await connection.run(
                [Statement("BEGIN"), Statement(RecoveryStatements.lockFirst), PartitionStatements.peerEpochs]
                    + states.statements)
            guard let first = rows[1].first, try first.int64(1) == epoch else { throw DatabaseWentBack() }
            let row = PartitionRow(nextNumber: try first.int64(0), epoch: epoch)
            let now = Timestamp.now
            let loaded = try await states.loaded(rows[3...])
            var batch = Batch(
                service: runtime.service, environment: runtime.environment, now: now, seen: [:], partition: row,
                peerEpochs: try PartitionStatements.peerEpochs(rows[2]), states: loaded.states,
                shared: loaded.shared, numbering: loaded.numbering)
            for item in items { batch.take(candidate(item, recall, epoch: epoch, at: now)) }
            let saving =
                try await states.saving(batch, at: now)
                + (batch.rows.isEmpty
                    ? [] : [PartitionStatements.insertOutbox(batch.rows, partition: 0, at: now)])
                + [Statement(RecoveryStatements.raise, [.int8(batch.nextNumber)]), Statement("COMMIT")]
            _ = try await connection.run(saving)
            Counter(label: "assent_recovered_total").increment(by: items.count)
        }
    }

    /// Wraps an item as if it were a message.
    private func candidate(
        _ item: RecalledItem, _ recall: any Recall<Store.State>, epoch: Int64, at now: Timestamp
    ) -> Candidate<Store.State> {
        let id = derivedID("recall", recall.type, String(epoch), item.contact.text, item.topic)
        let event = Event(
            id: id, source: runtime.service.source, type: recall.type, subject: item.contact.text, time: now,
            data: item.json)
        let delivery = Delivery(
            tag: 0, exchange: Exchange.internal.rawValue, routingKey: recall.type, isRedelivered: false,
            properties: .init(), body: [])
        let message = Message(
            event: event, exchange: .internal, account: recall.peer.rawValue, replyAddress: nil, traceparent: nil,
            bodyHash: [], authorization: nil)
        let prepared = Registry<Store.State>.Prepared(
            key: nil, permission: nil, isReading: false, takesNumbers: recall.takesNumbers, weight: 0,
            sharedKeys: { _, _ in recall.sharedKeys }
        ) { (state, context) throws(Refusal) in try recall.decide(item, &state, context) }
        return Candidate(
            incoming: Incoming(recalled: message, delivery),
            content: .success(
                .init(
                    message: message, verdict: .none(.missing), prepared: prepared,
                    sharedKeys: recall.sharedKeys)))
    }
}

/// Another service knows a later epoch, which this database has lost, and would accept no order of the current one.
private struct LowEpoch: Error {
    let heard: Int64
}

/// A partition's row before a new epoch begins.
private struct LostPartition {
    let nextNumber: Int64
    let epoch: Int64
    let incarnation: String?
    let recoverFrom: Int64?
    let mustRecover: Bool
    let current: String

    init(_ row: Row) throws {
        nextNumber = try row.int64(1)
        epoch = try row.int64(2)
        incarnation = try row.optionalText(3)
        recoverFrom = try row.optionalInt64(4)
        mustRecover = try row.bool(5)
        current = try row.text(6)
    }

    /// Whether the database differs by more than a restart of the server.
    var isAnotherDatabase: Bool {
        let parts = [incarnation ?? "", current].map { $0.split(separator: "/", omittingEmptySubsequences: false) }
        guard parts[0].count == 5, parts[1].count == 5 else { return true }
        // Part 3 of `incarnation()` is the server's start time; all other parts must be equal.
        return [0, 1, 2, 4].contains { parts[0][$0] != parts[1][$0] }
    }
}

private enum RecoveryStatements {
    static let lock = """
        SELECT number, next_number, epoch, incarnation, recover_from, must_recover, incarnation()
        FROM partition ORDER BY number FOR UPDATE
        """
    /// Gives unanswered orders numbers of the new epoch and returns the highest number.
    static let renumber = """
        WITH numbered AS (
            UPDATE sent_order AS o SET epoch = $1, sequence = n.sequence, ordered_at = now()
            FROM (
                SELECT id, $1::bigint + (sequence & 255)
                    + 256 * row_number() OVER (PARTITION BY sequence & 255 ORDER BY place) AS sequence
                FROM sent_order WHERE sequence > 0) AS n
            WHERE o.id = n.id RETURNING o.sequence)
        SELECT coalesce(max(sequence), $1::bigint) FROM numbered
        """
    /// Sets each partition's next number above `$2`, with the partition's number in the lowest 8 bits.
    static let begin = """
        UPDATE partition SET epoch = $1, next_number = ($2::bigint | 255) + 1 + number, incarnation = incarnation(),
            recover_from = ($3::bigint[])[number + 1], must_recover = $4, writer = NULL, writer_instance = NULL
        """
    static let lockFirst = """
        SELECT next_number, epoch FROM partition WHERE recover_from IS NOT NULL ORDER BY number FOR UPDATE
        """
    /// Sets each partition's next number above the numbers that were used for recovered items. These belong to
    /// partition 0, whatever the items' contacts.
    static let raise = """
        UPDATE partition SET next_number = ($1::bigint | 255) + 1 + number, writer = NULL, writer_instance = NULL
        """
    static let end = "UPDATE partition SET recover_from = NULL, must_recover = false WHERE epoch = $1"
}
