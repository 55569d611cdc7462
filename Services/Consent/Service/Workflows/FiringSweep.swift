import Logging
import Messaging
import PostgreSQL
import ServiceKit

/// Time between two sweeps.
private let interval = Duration.seconds(600)
/// Maximum rows of one statement.
private let batchLimit = 1000

/// Deletes the rows of workflows' actions 90 days after they fired. A message that no queue has taken stays.
struct FiringSweep {
    let pool: Pool
    let log: Logger

    /// SKIP LOCKED: instances that sweep at the same time delete different rows.
    static let delete = """
        DELETE FROM workflow_firing WHERE id IN (
            SELECT id FROM workflow_firing WHERE state <> 'waiting' AND fired_at < now() - interval '90 days'
            ORDER BY fired_at LIMIT \(batchLimit) FOR UPDATE SKIP LOCKED)
        RETURNING id
        """

    var companion: Periodic {
        Periodic(
            every: interval, failure: "deleting old rows of workflows failed; the next sweep deletes them", log: log
        ) { try await sweep() }
    }

    func sweep() async throws {
        while try await pool.run([Statement(Self.delete)])[0].count == batchLimit {}
    }
}
