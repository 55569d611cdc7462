import AsyncAlgorithms
import Cryptography
import Logging
import Metrics
import Models
import PostgreSQL
import RabbitMQ
import Synchronization

/// Trials of a message that ended with the process before it is buried undecided.
private let maximumTrials: Int64 = 10
/// Outbox rows taken over at a time from somebody who did not live to publish them.
private let leftOverLimit = 1000
/// Age at which an unpublished row counts as left over while this worker lives: longer than leases and confirms take. A
/// visitor may wait for it: a held acknowledgement whose delivery is acknowledged comes with no redelivery.
private let leftOverAge = Duration.seconds(3)
/// Between attempts to reach the database: from, to.
private let firstPause = Duration.milliseconds(50)
private let longestPause = Duration.seconds(2)

/// Puts a partition's batches through the database, one transaction each, in order.
struct Transactor<Store: AggregateStore>: Sendable {
    let partition: Int
    let runtime: Runtime<Store>
    let published: PublishedNumbers
    /// Has the next batch read.
    let turn: AsyncStream<Void>.Continuation
    /// The consumer that the deliveries came by still has them; once it is lost another may be ahead with them.
    let isCurrent: @Sendable () -> Bool

    /// Ends when `arrived` does.
    func run(_ arrived: AsyncChannel<Work>, into committed: AsyncChannel<Committed>) async throws {
        let database = DatabaseLink(runtime.database, name: runtime.instance.connection("partition-\(partition)"))
        do {
            var isActive = false
            turn.yield()
            for await work in arrived {
                switch work {
                case .tick:
                    try await tick(database, committed)
                case .deliveries(let deliveries):
                    // Deliveries make this worker the active one: what is left from before goes first.
                    if !isActive { database.isFresh = true }
                    isActive = true
                    try await commit(deliveries, database, committed)
                    // One by one, the way that batches are measured against, is one after the other.
                    if runtime.batchMessages == 1 { await published.waitUntilSettled() }
                    turn.yield()
                }
            }
        } catch {
            await database.close()
            throw error
        }
        await published.waitUntilSettled()
        if let connection = try? await database.connection() { try? await deletePublished(connection) }
        await database.close()
    }

    /// A third delivery means that two processes ended with it in hand: it is decided alone, and read only then.
    private func commit(
        _ deliveries: [Delivery], _ database: DatabaseLink, _ committed: AsyncChannel<Committed>
    ) async throws {
        var candidates: [Candidate<Store.State>] = []
        candidates.reserveCapacity(deliveries.count)
        for delivery in deliveries {
            guard delivery.deliveryCount >= 2 else {
                candidates.append(await runtime.candidate(delivery))
                continue
            }
            try await commit(candidates[...], extra: [], database, committed)
            candidates.removeAll()
            try await commitSuspect(delivery, database, committed)
        }
        try await commit(candidates[...], extra: [], database, committed)
    }

    private func commitSuspect(
        _ delivery: Delivery, _ database: DatabaseLink, _ committed: AsyncChannel<Committed>
    ) async throws {
        let hash = Array(Digest.sha256(delivery.body).prefix(16))
        let count = try await persistently(database, committed) { connection in
            try await connection.run([PartitionStatements.countTrial(hash, at: .now)])[0][0].int64(0)
        }
        let candidate: Candidate<Store.State>
        if count > maximumTrials {
            let incoming = Incoming(delivery, input: runtime.input, expecting: [:])
            candidate = Candidate(
                incoming: incoming, content: .failure(Refusal(.failed, "it ended the process each time it was tried")))
        } else {
            candidate = await runtime.candidate(delivery)
        }
        try await commit([candidate], extra: [PartitionStatements.endTrial(hash)], database, committed)
    }

    /// One transaction; a batch that the database itself rejects is halved until the culprit is found.
    private func commit(
        _ candidates: ArraySlice<Candidate<Store.State>>, extra: [Statement], _ database: DatabaseLink,
        _ committed: AsyncChannel<Committed>
    ) async throws {
        guard !candidates.isEmpty else { return }
        do {
            let batch = try await persistently(database, committed, of: candidates.count) { connection in
                try await transact(candidates, extra: extra, connection)
            }
            count(batch)
            await hand(batch.departures, acknowledging: candidates.last?.incoming.delivery.tag, to: committed)
        } catch let error where candidates.count > 1 && (isTheMessages(error) || isTooMuch(error, candidates.count)) {
            let middle = candidates.startIndex + candidates.count / 2
            try await commit(candidates[..<middle], extra: extra, database, committed)
            try await commit(candidates[middle...], extra: extra, database, committed)
        } catch let error where isTheMessages(error) || isTooMuch(error, candidates.count) {
            guard let culprit = candidates.first else { return }
            runtime.log.error("a message failed", metadata: ["error": "\(error)", "type": "\(culprit.incoming.type)"])
            let refusal = Refusal(.failed, "the service could not carry it out")
            let buried = Candidate<Store.State>(incoming: culprit.incoming, content: .failure(refusal))
            let batch = try await persistently(database, committed) { connection in
                try await transact([buried], extra: extra, connection)
            }
            await hand(batch.departures, acknowledging: culprit.incoming.delivery.tag, to: committed)
        }
    }

    /// Tries again, with back-off, what fails because the database is away; after each loss looks first at what a
    /// commit without an answer may have left in the outbox.
    private func persistently<Result: Sendable>(
        _ database: DatabaseLink, _ committed: AsyncChannel<Committed>, isBatch: Bool = true,
        of count: Int = 1, _ body: (PostgreSQL.Connection) async throws -> Result
    ) async throws -> Result {
        var pause = firstPause
        while true {
            try Task.checkCancellation()
            guard !isBatch || isCurrent() else { throw PartitionLost() }
            do {
                let connection = try await database.connection()
                if isBatch, database.isFresh {
                    try await takeOver(connection, before: .now + .seconds(3600), locking: true, committed)
                    database.isFresh = false
                }
                return try await body(connection)
            } catch let error where !(error is CancellationError) && !isTheMessages(error) && !isTooMuch(error, count) {
                runtime.log.warning(
                    "the database does not do it, trying again",
                    metadata: ["partition": "\(partition)", "error": "\(error)"])
                await database.discardUnlessUsable()
                try await Task.sleep(for: pause)
                pause = min(pause * 2, longestPause)
            } catch {
                await database.discardUnlessUsable()
                throw error
            }
        }
    }

    private func hand(
        _ departures: [Departure], acknowledging tag: UInt64?, to committed: AsyncChannel<Committed>
    ) async {
        published.begin(departures.count { if case .row = $0 { true } else { false } })
        await committed.send(Committed(departures: departures, seenAt: .now, acknowledges: tag))
    }

    /// What the message is to blame for, so that it is taken out; anything else of the database's (a table or a right
    /// missing, no room) would befall the next message too, and stops the partition until it passes.
    private func isTheMessages(_ error: any Error) -> Bool {
        switch error {
        case is CancellationError, is any Outage: false
        case let error as DatabaseError where error.sqlState == "23505" && isInAnotherPartition(error.table):
            false
        case let error as DatabaseError: ["22", "23", "54", "P0"].contains(error.sqlState?.prefix(2) ?? "")
        default: true
        }
    }

    /// The same message, or what contacts have in common, is in another partition's hands at this moment; the next look
    /// sees it.
    private func isInAnotherPartition(_ table: String?) -> Bool {
        guard let table else { return false }
        return table.hasPrefix("inbox_") || table == Store.sharedTable
    }

    /// The batch is larger, or takes longer, than a transaction may: half of it may do. A single message that takes too
    /// long is tried again, for then the database is slow, which passes.
    private func isTooMuch(_ error: any Error, _ count: Int) -> Bool {
        guard let error = error as? DatabaseError else { return false }
        return error.kind == .misuse || error.sqlState == "57014" && count > 1
    }

    private func transact(
        _ candidates: ArraySlice<Candidate<Store.State>>, extra: [Statement], _ connection: PostgreSQL.Connection
    ) async throws -> Batch<Store.State> {
        let contents = candidates.compactMap { try? $0.content.get() }
        let keys = Set(contents.map(\.key)).sorted()
        let messages = contents.map { MessageKey($0.message.event) }
        let loading = keys.isEmpty ? [] : runtime.store.loading(keys)
        let sharedKeys = Set(contents.flatMap(\.sharedKeys)).sorted()
        let sharing = keys.isEmpty ? [] : runtime.store.loadingShared(of: keys, and: sharedKeys, in: partition)
        let loaded = try await connection.run(
            [Statement("BEGIN"), PartitionStatements.lock(partition), PartitionStatements.seen(messages)] + loading
                + sharing)
        guard let row = loaded[1].first else {
            throw PartitionMissing()
        }
        let now = Timestamp.now
        var batch = Batch(
            service: runtime.service, environment: runtime.environment, now: now,
            seen: try PartitionStatements.seenRows(loaded[2]), nextNumber: try row.int64(0),
            states: keys.isEmpty ? [:] : try await runtime.store.states(of: keys, from: loaded[3..<3 + loading.count]),
            shared: try runtime.store.shared(from: loaded[(3 + loading.count)...]))
        let found = batch.shared.keys
        let firstNumber = batch.nextNumber
        for candidate in candidates where !candidate.isStale { batch.take(candidate) }

        var saving = extra
        if !batch.newInbox.isEmpty {
            saving.append(PartitionStatements.insertInbox(batch.newInbox, slot: inboxSlot(at: now)))
        }
        if !batch.keptAnswers.isEmpty { saving.append(PartitionStatements.answerInbox(batch.keptAnswers)) }
        let changed = batch.changed
        if !changed.isEmpty { saving += try await runtime.store.saving(changed, at: now) }
        let shared = batch.changedShared
        let missing = Set(sharedKeys).union(shared.map(\.key)).subtracting(found)
        saving += try runtime.store.savingShared(shared, missing: missing)
        saving += batch.jobs.statements
        let rows = batch.rows
        if !rows.isEmpty { saving.append(PartitionStatements.insertOutbox(rows, partition: partition, at: now)) }
        if batch.nextNumber > firstNumber {
            saving.append(PartitionStatements.advance(partition, to: batch.nextNumber))
        }
        let done = published.take()
        if !done.isEmpty { saving.append(PartitionStatements.deletePublished(done, partition: partition)) }
        CrashPoint.reach(.beforeCommit)
        do {
            _ = try await connection.run(saving + [Statement("COMMIT")])
            CrashPoint.reach(.afterCommit)
        } catch {
            published.putBack(done)
            throw error
        }
        return batch
    }

    /// On a tick: deletes what is published, and publishes what somebody left who did not live to do it.
    private func tick(_ database: DatabaseLink, _ committed: AsyncChannel<Committed>) async throws {
        guard published.isSettled else { return }
        try await persistently(database, committed, isBatch: false) { connection in
            try await takeOver(connection, before: .now - leftOverAge, locking: false, committed)
        }
    }

    /// `locking` waits for a commit that its process did not live to see the end of: what that leaves in the outbox
    /// goes before what this worker adds.
    private func takeOver(
        _ connection: PostgreSQL.Connection, before: Timestamp, locking: Bool, _ committed: AsyncChannel<Committed>
    ) async throws {
        let lock = locking ? [PartitionStatements.lock(partition)] : []
        while true {
            try await deletePublished(connection)
            let left = PartitionStatements.leftOver(partition, before: before, limit: leftOverLimit)
            let found = try await connection.run([Statement("BEGIN")] + lock + [left, Statement("COMMIT")])
            let rows = try PartitionStatements.outboxRows(found[1 + lock.count])
            guard !rows.isEmpty else { return }
            runtime.log.info("publishing what was left", metadata: ["count": "\(rows.count)"])
            await hand(rows.map { .row($0) }, acknowledging: nil, to: committed)
            guard rows.count == leftOverLimit else { return }
            await published.waitUntilSettled()
        }
    }

    private func deletePublished(_ connection: PostgreSQL.Connection) async throws {
        let done = published.take()
        guard !done.isEmpty else { return }
        do {
            _ = try await connection.run([PartitionStatements.deletePublished(done, partition: partition)])
        } catch {
            published.putBack(done)
            throw error
        }
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

/// The row of a partition is gone: somebody changed the database by hand.
private struct PartitionMissing: Outage {}

/// The broker may have given the partition to another.
private struct PartitionLost: Outage {}
