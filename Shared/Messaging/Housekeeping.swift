import Logging
import Models
import PostgreSQL

private let interval = Duration.seconds(3600)

/// Deletes old rows of the tables that every service has: jobs, dead letters, the inbox.
struct Housekeeping: Sendable {
    let pool: Pool
    let letters: LetterKeeper
    let log: Logger

    /// Runs until the task is cancelled.
    func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await each("deleting finished jobs failed") { try await forgetJobs() } }
            group.addTask { await each("deleting old dead letters failed") { try await letters.sweep() } }
            group.addTask { await each("emptying next week's inbox slot failed") { try await emptyInbox() } }
        }
    }

    private func each(_ failure: String, _ turn: @escaping @Sendable () async throws -> Void) async {
        await Periodic(every: interval, failure: "\(failure); retrying in an hour", log: log, turn)
            .repeatUntilCancelled()
    }

    /// Deletes jobs that ended 29 days ago. A repeated request needs its job for its reply as long as the inbox has the
    /// request, which is four weeks at most.
    private func forgetJobs() async throws {
        _ = try await pool.run([Statement("DELETE FROM job WHERE finished_at < now() - interval '29 days'")])
    }

    /// Empties the inbox slot of the next week. It runs in the middle of a week, so that clocks that differ by a day do
    /// no harm.
    private func emptyInbox() async throws {
        let now = Timestamp.now
        let slot = (inboxSlot(at: now) + 1) % 4
        let dayOfWeek = now.microseconds / 86_400_000_000 % 7
        guard (1...5).contains(dayOfWeek) else { return }
        let isFull = try await pool.run([Statement(varying: "SELECT EXISTS (SELECT FROM inbox_\(slot))", [])])[0][0]
        guard try isFull.bool(0) else { return }
        _ = try await pool.run([Statement("SELECT clear_inbox($1)", [.int4(Int32(inboxWeek(at: now)))])])
    }
}
