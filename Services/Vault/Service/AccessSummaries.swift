import Ledger
import Logging
import Messaging
import Models
import PostgreSQL
import VaultDomain

/// Time between two rounds.
private let interval = Duration.seconds(10)
/// Maximum hours in one round.
private let batchLimit = 200
/// The partition whose access log gets these summaries.
private let partition = 0

/// When an hour is over, logs its refusals that got no entry of their own (V3), and deletes the hour. A batch with the
/// viewer's next attempt does the same.
struct AccessSummaries {
    // A row without a start is over at once: it counts no attempt.
    private static let over = "(started_at IS NULL OR started_at <= $1 - interval '1 hour')"
    private static let look = "SELECT EXISTS (SELECT FROM reveal_hour WHERE \(over))"
    // Locks in the same order as a batch: the partition, then viewers.
    private static let lockPartition = """
        SELECT next_number FROM partition WHERE number = $1 AND \(PartitionCondition.isSameDatabase) FOR UPDATE
        """
    private static let take = """
        SELECT viewer, CASE WHEN isfinite(started_at) THEN started_at END, released, refused, rest, rest_field
        FROM reveal_hour WHERE \(over)
        ORDER BY viewer LIMIT \(batchLimit) FOR UPDATE SKIP LOCKED
        """
    private static let forget = "DELETE FROM reveal_hour WHERE viewer = ANY ($1::text[])"

    let pool: Pool
    let log: Logger

    var companion: Periodic {
        Periodic(
            every: interval,
            failure: "recording refused reveals of past hours in the access log failed; trying again in 10 s", log: log
        ) { try await summarise(at: .now) }
    }

    /// Logs and deletes the hours that are over, in one transaction.
    func summarise(at now: Timestamp) async throws {
        let time = Parameter.timestamp(now.microseconds)
        guard try await pool.run([Statement(Self.look, [time])])[0][0].bool(0) else { return }
        try await pool.withConnection { connection in
            let found = try await connection.run([
                Statement("BEGIN"), Statement(Self.lockPartition, [.int4(Int32(partition))]),
                LedgerStatements.nextNumber(partition: partition), Statement(Self.take, [time]),
            ])
            // In a database that may have lost commits, nothing is recorded before a new history has begun (X5).
            guard !found[1].isEmpty else { return try await connection.rollbackIfOpen() }
            let row = found[2][0]
            var access = AccessLog(partition: partition, next: try row.int64(0), epoch: try row.int64(1))
            for row in found[3] {
                guard let rest = try RevealHour(row).rest, let viewer = Viewer(key: try row.text(0)) else { continue }
                _ = access.append(AccessEntry(at: now, viewer: viewer, rest: rest))
            }
            let viewers = try found[3].map { row in try row.text(0) }
            _ = try await connection.run(
                LedgerStatements.insert(try access.recorded()) + [
                    Statement(Self.forget, [.texts(viewers)]), Statement("COMMIT"),
                ])
        }
    }
}
