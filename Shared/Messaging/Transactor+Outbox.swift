import AsyncAlgorithms
import FoundationEssentials
import Logging
import Models
import PostgreSQL
import RabbitMQ

/// Rows of an earlier session that are taken over at a time.
private let leftOverLimit = 1000
/// Waiting facts that are read at a time.
private let factsLimit = 1000

/// Work of a session besides its batches: it publishes the outbox of an earlier session and deletes published rows.
extension Transactor {
    /// Makes this session the partition's writer and publishes the outbox rows of the previous one before its own. The
    /// lock on the partition's row waits for a commit that the previous session may have in progress.
    func takeOver(
        _ connection: PostgreSQL.Connection, _ committed: AsyncChannel<Committed>
    ) async throws {
        await published.waitUntilSettled()
        try await deletePublished(connection)
        var last: Int64 = -1
        while true {
            let found = try await connection.run([
                Statement("BEGIN"), PartitionStatements.lock(partition),
                PartitionStatements.setWriter(partition, writer, of: runtime.instance.id),
                PartitionStatements.leftOver(partition, after: last, limit: leftOverLimit), Statement("COMMIT"),
            ])
            guard let row = found[1].first else { throw PartitionMissing() }
            guard try PartitionRow(row).isCurrent else { throw DatabaseWentBack() }
            let rows = try PartitionStatements.outboxRows(found[3])
            guard let highest = rows.last?.number else { return }
            runtime.log.info(
                "publishing the outbox rows of an earlier session",
                metadata: ["partition": "\(partition)", "count": "\(rows.count)"])
            await hand(rows.map { .row($0) }, acknowledging: nil, to: committed)
            guard rows.count == leftOverLimit else { return }
            last = highest
            await published.waitUntilSettled()
        }
    }

    /// Deletes published rows, passes waiting facts to the relay, and takes over the outbox of an ended session.
    ///
    /// Without the takeover, the rows would wait until the next delivery.
    func tick(_ database: DatabaseLink, _ committed: AsyncChannel<Committed>) async throws {
        do {
            let connection = try await database.connection()
            try await deletePublished(connection)
            try await handOverFacts(connection)
            guard instances.owns(partition), published.isSettled else { return }
            let state = PartitionStatements.hasStrandedRows(partition, session: writer, instance: runtime.instance.id)
            guard let row = try await connection.run([state])[0].first, try row.bool(0) else { return }
            database.isFresh = true
            try await persistently(database, committed, of: 1) { _ in }
        } catch let error as DatabaseError {
            runtime.log.debug("checking the outbox failed; retrying in a second", metadata: ["error": "\(error)"])
            await database.discardUnlessUsable()
        }
    }

    private func handOverFacts(_ connection: PostgreSQL.Connection) async throws {
        while let first = published.firstWaitingFact, runtime.facts.hasRoom {
            let found = try await connection.run([
                PartitionStatements.facts(partition, from: first, limit: factsLimit)
            ])
            let rows = try PartitionStatements.outboxRows(found[0])
            runtime.facts.takeWaiting(rows, published, isLast: rows.count < factsLimit)
        }
    }

    func deletePublished(_ connection: PostgreSQL.Connection) async throws {
        let done = published.take()
        guard !done.isEmpty else { return }
        do {
            _ = try await connection.run([PartitionStatements.deletePublished(done, partition: partition)])
        } catch {
            published.putBack(done)
            throw error
        }
    }
}
