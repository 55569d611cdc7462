import Logging
import Messaging
import Models
import PostgreSQL

/// Between two looks; a link lives for months.
private let interval = Duration.seconds(600)
/// Rows of one statement.
private let batchLimit = 1000

/// Deletes the page links that work no more (P4): they say who was written to, and when.
struct PageLinkSweep {
    let pool: Pool
    /// How long a link works.
    let life: Duration
    let log: Logger

    /// Instances that sweep at a time take different rows.
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
