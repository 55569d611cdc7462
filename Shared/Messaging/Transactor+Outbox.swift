import AsyncAlgorithms
import FoundationEssentials
import Logging
import Models
import PostgreSQL
import RabbitMQ

/// Outbox rows taken over at a time from a session that did not live to publish them.
private let leftOverLimit = 1000
/// Facts read at a time that had to wait for room in the relay.
private let factsLimit = 1000

/// What a session does beside its batches: it publishes what an earlier one left, and deletes what is published.
extension Transactor {
    /// Becomes the partition's writer: waits for a commit that its process did not live to see the end of, and
    /// publishes what is left, which goes before what this session adds.
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
                "publishing what an earlier session left in the outbox",
                metadata: ["partition": "\(partition)", "count": "\(rows.count)"])
            await hand(rows.map { .row($0) }, acknowledging: nil, to: committed)
            guard rows.count == leftOverLimit else { return }
            last = highest
            await published.waitUntilSettled()
        }
    }

    /// Deletes what is published, hands over facts that had to wait, and takes over the outbox where its writer is gone
    /// and no delivery comes that would make another session notice.
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
            runtime.log.debug("the outbox was not looked at", metadata: ["error": "\(error)"])
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
