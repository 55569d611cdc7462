import FoundationEssentials
import Logging
import Models
import PostgreSQL

/// Seconds after which another instance may take over a claimed job. Longer than a step, which waits eight seconds at
/// most for another service.
private let claimSeconds = 10
/// The interval between two polls: `busyPause` for `busyTime` after the last work, then `idlePause`.
private let idlePause = Duration.milliseconds(100)
private let busyPause = Duration.milliseconds(10)
private let busyTime = Duration.seconds(2)
/// The pause before the next step of a job that waits for other messages, and of a job whose step failed.
private let waitingMilliseconds = 15
private let failureMilliseconds = 1000
/// Seconds after which a job whose contacts could not be selected ends as `unavailable`; no contact was changed yet.
private let selectionPatienceSeconds = 600
/// Replies of one poll at most.
private let replyLimit = 100

/// Runs the steps of a service's jobs. Any instance may run a step; each turn takes the job that has waited longest.
///
/// The times in the rows come from the database's clock and are compared with it only. After a failover, the new
/// primary's clock may differ.
struct JobRunner: Sendable {
    let table: JobTable
    let work: [String: any JobWork]
    let log: Logger
    /// The replies that wait for leases, by this process's clock.
    private let holds = JobHolds()

    init(table: JobTable, work: [String: any JobWork], log: Logger) {
        self.table = table
        self.work = work
        self.log = log
    }

    private static let claim = """
        UPDATE job SET claimed_by = $1, next_step_at = now() + interval '\(claimSeconds) s'
        WHERE id = (
            SELECT id FROM job WHERE result IS NULL AND type = ANY ($2::text[]) AND next_step_at <= now()
            ORDER BY next_step_at LIMIT 1 FOR UPDATE SKIP LOCKED)
        RETURNING job.id, type, subject, data, user_id, cursor, is_selected, created_at,
            now() - created_at > interval '\(selectionPatienceSeconds) s'
        """
    private static let release = """
        UPDATE job SET next_step_at = now() + $3::bigint * interval '1 millisecond', claimed_by = NULL
        WHERE id = $1 AND claimed_by = $2 AND result IS NULL
        """
    // The parameters of a finished job are deleted.
    private static let finish = """
        UPDATE job SET result = $3, data = '{}', finished_at = now()
        WHERE id = $1 AND claimed_by = $2 AND result IS NULL
        """
    // The reply of a job that acknowledges withdrawals waits until all earlier permissions have expired (X3). $1: the
    // jobs for which that time is over.
    private static let replies = """
        SELECT w.number, w.queue, w.correlation, j.type, j.subject, j.result
        FROM job_waiter AS w JOIN job AS j ON j.id = w.job
        WHERE j.result IS NOT NULL AND (NOT j.is_held OR j.id = ANY ($1::uuid[]))
        ORDER BY w.number LIMIT \(replyLimit) FOR UPDATE OF w SKIP LOCKED
        """
    private static let held = """
        SELECT DISTINCT j.id FROM job_waiter AS w JOIN job AS j ON j.id = w.job
        WHERE j.result IS NOT NULL AND j.is_held ORDER BY j.id LIMIT \(replyLimit)
        """
    // A write whose commit needs the synchronous replica, so that only the current primary can complete it.
    private static let prove = "UPDATE job SET claimed_by = $1 WHERE id = ANY ($2::uuid[])"
    private static let replied = "DELETE FROM job_waiter WHERE number = ANY ($1::bigint[])"

    /// Runs until the task is cancelled.
    func run() async {
        guard !work.isEmpty else { return }
        var lastBusy = ContinuousClock.now - busyTime
        while !Task.isCancelled {
            var isBusy = false
            do {
                if let job = try await claim() {
                    isBusy = true
                    try await step(job)
                }
                if try await reply() { isBusy = true }
            } catch {
                log.warning("running jobs failed; retrying in 100 ms at most", metadata: ["error": "\(error)"])
            }
            if isBusy {
                lastBusy = .now
            } else {
                try? await Task.sleep(for: .now - lastBusy < busyTime ? busyPause : idlePause)
            }
        }
    }

    private func claim() async throws -> Job? {
        let rows = try await table.pool.run([
            Statement(Self.claim, [.uuid(table.claimer), .texts(work.keys.sorted())])
        ])[0]
        guard let row = rows.first else { return nil }
        return Job(
            id: try row.uuid(0), type: try row.text(1), subject: try row.text(2), text: try row.text(3),
            user: try row.optionalText(4).map { UserID($0) }, cursor: try row.optionalText(5),
            isSelected: try row.bool(6), createdAt: Timestamp(microseconds: try row.timestampMicroseconds(7)),
            isOverdue: try row.bool(8))
    }

    private func step(_ job: Job) async throws {
        guard let work = work[job.type] else { return }
        do {
            switch try await work.step(job, table) {
            case .goesOn: try await release(job, afterMilliseconds: 0)
            case .waits: try await release(job, afterMilliseconds: waitingMilliseconds)
            case .done(let result): try await finish(job, okData(result))
            case .refused(let refusal): try await finish(job, errorData(refusal))
            }
        } catch  where !job.isSelected && job.isOverdue {
            let refusal = Refusal(.unavailable, "the contacts could not be selected; ask again")
            try await finish(job, errorData(refusal))
        } catch {
            log.warning(
                "a job's step failed; retrying in a second", metadata: ["type": "\(job.type)", "error": "\(error)"])
            try await release(job, afterMilliseconds: failureMilliseconds)
        }
    }

    private func release(_ job: Job, afterMilliseconds pause: Int) async throws {
        _ = try await table.pool.run([
            Statement(Self.release, [.uuid(job.id), .uuid(table.claimer), .int8(Int64(pause))])
        ])
    }

    private func finish(_ job: Job, _ data: JSON) async throws {
        _ = try await table.pool.run([
            Statement(Self.finish, [.uuid(job.id), .uuid(table.claimer), .text(data.serialized)])
        ])
    }

    /// Sends the replies of finished jobs. After a crash between publishing and committing, a reply is sent again; the
    /// asker uses the first.
    private func reply() async throws -> Bool {
        let found = try await table.pool.withConnection { connection in
            let due = holds.due(at: .now)
            let results = try await connection.run([
                Statement("BEGIN"), Statement(Self.replies, [.uuids(due)]), Statement(Self.held),
            ])
            let rows = results[1]
            let messages = try rows.map { row in
                let address = ReplyAddress(queue: try row.text(1), correlation: try row.optionalText(2))
                return replyMessage(
                    to: ReplyTarget(type: try row.text(3), subject: try row.text(4), address: address),
                    try JSON(parsing: Array(try row.text(5).utf8)), from: table.service, id: newID(at: .now), at: .now)
            }
            if !messages.isEmpty { try await table.replies.publish(messages) }
            let numbers = try rows.map { try $0.int64(0) }
            _ = try await connection.run([Statement(Self.replied, [.int8s(numbers)]), Statement("COMMIT")])
            return (isBusy: !rows.isEmpty, held: try results[2].map { try $0.uuid(0) }, answered: due)
        }
        let new = holds.unproven(among: found.held, answered: found.answered)
        if !new.isEmpty {
            _ = try await table.pool.run([Statement(Self.prove, [.uuid(table.claimer), .uuids(new)])])
            holds.begin(new, at: .now)
        }
        return found.isBusy
    }
}
