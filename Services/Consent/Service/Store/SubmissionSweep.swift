import Logging
import Messaging
import Models
import PostgreSQL

/// Time between two sweeps; a submission lives for weeks.
private let interval = Duration.seconds(600)
/// Maximum rows of one statement.
private let batchLimit = 1000

/// Deletes submissions whose link expired 30 days ago.
struct SubmissionSweep {
    let pool: Pool
    let log: Logger

    /// SKIP LOCKED: instances that sweep at the same time delete different rows.
    static let delete = """
        DELETE FROM submission WHERE id IN (
            SELECT id FROM submission WHERE expires_at < now() - interval '30 days'
            ORDER BY expires_at LIMIT \(batchLimit) FOR UPDATE SKIP LOCKED)
        RETURNING id
        """

    var companion: Periodic {
        Periodic(
            every: interval, failure: "deleting old confirmations failed; the next sweep deletes them", log: log
        ) { try await sweep() }
    }

    func sweep() async throws {
        while try await pool.run([Statement(Self.delete)])[0].count == batchLimit {}
    }
}
