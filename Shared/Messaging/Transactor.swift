import AsyncAlgorithms
import Cryptography
import FoundationEssentials
import Logging
import Metrics
import Models
import PostgreSQL
import RabbitMQ

/// Trials that ended with the process after which a message becomes a dead letter undecided.
private let maximumTrials: Int64 = 10
/// How long the end of a session waits for facts that are being published.
private let factsPatience = Duration.milliseconds(800)
/// Back-off between attempts to reach the database: first and longest pause.
private let firstPause = Duration.milliseconds(50)
private let longestPause = Duration.seconds(2)

/// Runs a partition's batches as database transactions, one after the other.
struct Transactor<Store: AggregateStore>: Sendable {
    let partition: Int
    let runtime: Runtime<Store>
    let instances: Instances
    let published: PublishedNumbers
    /// The id of this session. Only the session whose id is in the partition's row may write.
    let writer = UUID()
    /// Requests the next batch from the reader.
    let turn: AsyncStream<Void>.Continuation
    /// Whether the consumer of the deliveries is still connected. If not, another consumer may already process the same
    /// deliveries.
    let isCurrent: @Sendable () -> Bool

    /// Runs until `arrived` ends.
    func run(_ arrived: AsyncChannel<Work>, into committed: AsyncChannel<Committed>) async throws {
        let database = DatabaseLink(runtime.database, name: runtime.instance.connection("partition-\(partition)"))
        do {
            turn.yield()
            for await work in arrived {
                switch work {
                case .tick:
                    try await tick(database, committed)
                case .deliveries(let deliveries):
                    try await commit(deliveries, database, committed)
                    // With a batch size of one, each message is published before the next is decided. This mode is the
                    // reference against which batches are measured.
                    if runtime.batchMessages == 1 { await published.waitUntilSettled() }
                    turn.yield()
                }
            }
        } catch {
            await database.close()
            throw error
        }
        await published.waitUntilSettled()
        await published.waitForFacts(atMost: factsPatience)
        if let connection = try? await database.connection() { try? await deletePublished(connection) }
        await database.close()
    }

    /// Commits deliveries in batches. On a third delivery, two processes ended while they handled the message, so it is
    /// decided alone and parsed only then.
    private func commit(
        _ deliveries: [Delivery], _ database: DatabaseLink, _ committed: AsyncChannel<Committed>
    ) async throws {
        var candidates: [Candidate<Store.State>] = []
        candidates.reserveCapacity(deliveries.count)
        var weight = 0
        for delivery in deliveries {
            if isRedrive(delivery) {
                try await commit(candidates[...], extra: [], database, committed)
                candidates.removeAll(keepingCapacity: true)
                weight = 0
                try await redrive(delivery, database, committed)
                continue
            }
            let isSuspect = delivery.deliveryCount >= 2
            let candidate = isSuspect ? nil : await runtime.candidate(delivery)
            if isSuspect || weight + (candidate?.weight ?? 0) > database.weight.limit {
                try await commit(candidates[...], extra: [], database, committed)
                candidates.removeAll(keepingCapacity: true)
                weight = 0
            }
            guard let candidate else {
                try await commitSuspect(delivery, database, committed)
                continue
            }
            candidates.append(candidate)
            weight += candidate.weight
        }
        try await commit(candidates[...], extra: [], database, committed)
    }

    private func commitSuspect(
        _ delivery: Delivery, _ database: DatabaseLink, _ committed: AsyncChannel<Committed>
    ) async throws {
        let hash = Array(Digest.sha256(delivery.body).prefix(16))
        let count = try await persistently(database, committed, of: 1) { connection in
            try await connection.run([PartitionStatements.countTrial(hash, at: .now)])[0][0].int64(0)
        }
        let candidate: Candidate<Store.State>
        if count > maximumTrials {
            let refusal = Refusal(.failed, "the process ended each time it was tried")
            candidate = Candidate(
                incoming: Incoming(unread: delivery, refusal), content: .failure(refusal))
        } else {
            candidate = await runtime.candidate(delivery)
        }
        try await commit([candidate], extra: [PartitionStatements.endTrial(hash)], database, committed)
    }

    /// Commits one transaction. A batch that fails because of a message, a timeout or an unknown error is halved until
    /// the failing message is found.
    func commit(
        _ candidates: ArraySlice<Candidate<Store.State>>, extra: [Statement], _ database: DatabaseLink,
        _ committed: AsyncChannel<Committed>
    ) async throws {
        guard !candidates.isEmpty else { return }
        do {
            let batch = try await persistently(database, committed, of: candidates.count) { connection in
                try await transact(candidates, extra: extra, connection, database)
            }
            count(batch)
            await hand(batch, acknowledging: candidates.last?.incoming.delivery.tag, to: committed)
        } catch let error as HalvedBatch {
            guard candidates.count == 1, let culprit = candidates.first else {
                let middle = candidates.startIndex + candidates.count / 2
                try await commit(candidates[..<middle], extra: extra, database, committed)
                try await commit(candidates[middle...], extra: extra, database, committed)
                return
            }
            runtime.log.error(
                "the database rejected a message's data; storing the message as a dead letter",
                metadata: ["error": "\(error.cause)", "type": "\(culprit.incoming.type)"])
            let refusal = Refusal(.failed, "the service could not carry it out")
            let buried = Candidate<Store.State>(
                incoming: culprit.incoming, content: .failure(refusal), letter: culprit.letter)
            let batch = try await persistently(database, committed, of: 1) { connection in
                try await transact([buried], extra: extra, connection, database)
            }
            count(batch)
            await hand(batch, acknowledging: culprit.incoming.delivery.tag, to: committed)
        }
    }

    /// Runs `body` and retries it with back-off while the database is down. After each lost connection it first takes
    /// over the outbox, in case a commit succeeded without an answer. Throws `HalvedBatch` if a smaller batch may
    /// succeed.
    func persistently<Result: Sendable>(
        _ database: DatabaseLink, _ committed: AsyncChannel<Committed>, of count: Int,
        _ body: (PostgreSQL.Connection) async throws -> Result
    ) async throws -> Result {
        var pause = firstPause
        while true {
            try Task.checkCancellation()
            guard isCurrent() else { throw PartitionLost() }
            do {
                let connection = try await database.connection()
                if database.isFresh {
                    try await takeOver(connection, committed)
                    database.isFresh = false
                }
                return try await body(connection)
            } catch let error where error is CancellationError || error is PartitionLost {
                await database.discardUnlessUsable()
                throw error
            } catch {
                await database.discardUnlessUsable()
                let failure = BatchFailure(error, sharedTable: Store.sharedTable)
                switch failure {
                case .message: throw HalvedBatch(cause: error)
                case .time where count > 1, .unknown where count > 1: throw HalvedBatch(cause: error)
                case .outage, .time, .unknown: break
                }
                report(error, failure, pause)
                if error is DatabaseWentBack { runtime.epochWakes.continuation.yield() }
                try await Task.sleep(for: pause)
                pause = min(pause * 2, longestPause)
            }
        }
    }

    private func report(_ error: any Error, _ failure: BatchFailure, _ pause: Duration) {
        let metadata: Logger.Metadata = [
            "partition": "\(partition)", "error": "\(error)", "pause": "\(pause / .milliseconds(1)) ms",
        ]
        switch failure {
        case .outage, .time, .message: runtime.log.warning("batch transaction failed; retrying", metadata: metadata)
        case .unknown:
            Counter(label: "assent_unknown_failures_total").increment()
            runtime.log.critical(
                "a message failed with an unknown error; its partition stops and retries until it succeeds",
                metadata: metadata)
        }
    }

    private func hand(
        _ batch: Batch<Store.State>, acknowledging tag: UInt64?, to committed: AsyncChannel<Committed>
    ) async {
        await hand(batch.departures, committingAt: batch.committingAt, acknowledging: tag, to: committed)
    }

    /// Passes departures to the relays. `tag`: the delivery to acknowledge when they are published; 0 is a dead
    /// letter's tag and acknowledges none.
    func hand(
        _ departures: [Departure], committingAt: ContinuousClock.Instant = .now, acknowledging tag: UInt64?,
        to committed: AsyncChannel<Committed>
    ) async {
        let facts = departures.compactMap(\.fact)
        if !facts.isEmpty { runtime.facts.take(facts, published) }
        published.begin(departures.count { $0.isRow && $0.fact == nil })
        await committed.send(
            Committed(
                departures: departures, committingAt: committingAt, seenAt: .now, acknowledges: tag == 0 ? nil : tag))
    }

    private func transact(
        _ candidates: ArraySlice<Candidate<Store.State>>, extra: [Statement], _ connection: PostgreSQL.Connection,
        _ database: DatabaseLink
    ) async throws -> Batch<Store.State> {
        let contents = candidates.compactMap { try? $0.content.get() }
        let states = BatchStates(
            runtime.store, partition: partition,
            keys: Set(contents.lazy.filter { !$0.prepared.readsSummary }.map(\.key)),
            summaryKeys: Set(contents.lazy.filter { $0.prepared.readsSummary }.map(\.key)),
            sharedKeys: contents.flatMap(\.sharedKeys), takesNumbers: contents.contains { $0.prepared.takesNumbers })
        let messages = candidates.compactMap { $0.message.map { MessageKey($0.event) } }
        let rows = try await connection.run(
            [
                Statement("BEGIN"), PartitionStatements.lock(partition), PartitionStatements.seen(messages),
                PartitionStatements.peerEpochs,
            ] + states.statements)
        let row = try requireCurrent(rows[1])
        let loadedAt = ContinuousClock.now
        let now = Timestamp.now
        let loaded = try await states.loaded(rows[4...])
        var batch = Batch(
            service: runtime.service, environment: runtime.environment, now: now,
            seen: try PartitionStatements.seenRows(rows[2]), partition: row,
            peerEpochs: try PartitionStatements.peerEpochs(rows[3]), sensitiveFields: runtime.sensitiveFields,
            letterRoom: runtime.letterBytes / Int64(runtime.partitions) - row.letterBytes,
            states: loaded.states, shared: loaded.shared, numbering: loaded.numbering)
        for candidate in candidates where !candidate.isStale { batch.take(candidate) }

        var saving = extra
        saving += try await states.saving(batch, at: now)
        saving += statements(of: batch, from: row, at: now)
        let done = published.take()
        if !done.isEmpty { saving.append(PartitionStatements.deletePublished(done, partition: partition)) }
        database.weight.note(.now - loadedAt, of: candidates.reduce(0) { $0 + $1.weight })
        CrashPoint.reach(.beforeCommit)
        batch.committingAt = .now
        do {
            _ = try await connection.run(saving + [Statement("COMMIT")])
            CrashPoint.reach(.afterCommit)
        } catch {
            published.putBack(done)
            throw error
        }
        return batch
    }

    /// Returns the statements that save a batch, except the contacts' states.
    private func statements(of batch: Batch<Store.State>, from row: PartitionRow, at now: Timestamp) -> [Statement] {
        var saving: [Statement] = []
        if !batch.newInbox.isEmpty {
            saving.append(PartitionStatements.insertInbox(batch.newInbox, slot: inboxSlot(at: now)))
        }
        if !batch.keptAnswers.isEmpty { saving.append(PartitionStatements.answerInbox(batch.keptAnswers)) }
        saving += batch.jobs.statements
        let rows = batch.rows
        if !rows.isEmpty { saving.append(PartitionStatements.insertOutbox(rows, partition: partition, at: now)) }
        let letters = Array(batch.letters.values)
        if !letters.isEmpty {
            saving.append(
                LetterStatements.insert(letters, partition: partition, at: now, seal: runtime.letterSeal))
        }
        if !batch.redriven.isEmpty { saving.append(LetterStatements.delete(batch.redriven)) }
        if !batch.redrivenInVain.isEmpty { saving.append(LetterStatements.countRedriven(batch.redrivenInVain)) }
        if batch.nextNumber > row.nextNumber || batch.beginsEpoch {
            saving.append(
                PartitionStatements.advance(partition, to: batch.nextNumber, endsEpoch: batch.beginsEpoch))
        }
        return saving
    }

    /// Returns the partition's row. Throws if another session is the writer or the database has changed.
    private func requireCurrent(_ rows: Rows) throws -> PartitionRow {
        guard let row = rows.first else { throw PartitionMissing() }
        let partition = try PartitionRow(row)
        guard partition.isCurrent else { throw DatabaseWentBack() }
        guard partition.writer == writer else { throw PartitionLost() }
        return partition
    }

    private func count(_ batch: Batch<Store.State>) {
        let counts = [
            ("accepted", batch.counts.accepted), ("refused", batch.counts.refused),
            ("duplicate", batch.counts.duplicates), ("dead", batch.counts.dead),
        ]
        for (outcome, count) in counts where count > 0 {
            Counter(label: "assent_messages_total", dimensions: [("outcome", outcome)]).increment(by: count)
        }
    }
}

extension Candidate {
    /// The bytes of its body plus the handler's extra weight.
    fileprivate var weight: Int { incoming.delivery.body.count + ((try? content.get().prepared.weight) ?? 0) }
}

/// The batch failed, and a smaller one may succeed.
private struct HalvedBatch: Error {
    let cause: any Error
}

/// The row of a partition is missing because someone has changed the database by hand.
package struct PartitionMissing: Outage {
    /// Creates the error.
    package init() {}
}

/// Another session is the partition's writer, or this session's consumer is disconnected.
struct PartitionLost: Outage {}

/// The database may have lost its last commits, or a recovery is in progress (X5).
struct DatabaseWentBack: Outage, CustomStringConvertible {
    var description: String { "the database was restarted or restored; recovery is in progress" }
}
