import Logging
import Messaging
import Models
import PostgreSQL

/// Time between two sweeps; a link lives for months.
private let interval = Duration.seconds(600)
/// Maximum rows of one statement.
private let batchLimit = 1000

/// Deletes expired page links (P4), because they show which contact was written to, and when.
struct PageLinkSweep {
    let pool: Pool
    /// How long a link works.
    let life: Duration
    let log: Logger

    /// SKIP LOCKED: instances that sweep at the same time delete different rows.
    static let delete = """
        DELETE FROM page_link WHERE id IN (
            SELECT id FROM page_link WHERE created_at <= $1 ORDER BY created_at LIMIT \(batchLimit)
            FOR UPDATE SKIP LOCKED)
        RETURNING id
        """

    var companion: Periodic {
        Periodic(
            every: interval, failure: "deleting expired page links failed; the next sweep deletes them",
            log: log
        ) { try await sweep(at: .now) }
    }

    func sweep(at now: Timestamp) async throws {
        while try await pool.run([Statement(Self.delete, [.timestamp((now - life).microseconds)])])[0].count
            == batchLimit
        {}
    }
}
