import FoundationEssentials
import Logging
import Models
import PostgreSQL

/// Jobs that one instance works on in turns.
private let turns = 8
/// A claim's life; an instance that ended leaves its jobs to the others after that.
private let claimSeconds = 10
/// Between two looks for jobs while there are none, and while those there are wait for answers.
private let idlePause = Duration.milliseconds(100)
private let waitingPause = Duration.milliseconds(10)
/// Replies in one look.
private let replyLimit = 100

/// Works on a service's jobs, each a step at a time, whichever instance has time.
struct JobRunner: Sendable {
    let table: JobTable
    let work: [String: any JobWork]
    let log: Logger

    private static let claim = """
        WITH due AS MATERIALIZED (
            SELECT id FROM job WHERE result IS NULL AND type = ANY ($2::text[])
                AND (claimed_until IS NULL OR claimed_until < now() OR claimed_by = $1)
            ORDER BY created_at LIMIT \(turns) FOR UPDATE SKIP LOCKED)
        UPDATE job SET claimed_by = $1, claimed_until = now() + interval '\(claimSeconds) s'
        FROM due WHERE job.id = due.id
        RETURNING job.id, type, subject, data, user_id, cursor, is_selected, created_at
        """
    private static let finish = """
        UPDATE job SET result = $3, is_held = $4, finished_at = now() WHERE id = $1 AND claimed_by = $2
            AND result IS NULL
        """
    // A withdrawal's acknowledgement waits until no permission given before can still be in use (X3).
    private static let replies = """
        SELECT w.number, w.queue, w.correlation, j.type, j.subject, j.result
        FROM job_waiter AS w JOIN job AS j ON j.id = w.job
        WHERE j.result IS NOT NULL
            AND (NOT j.is_held OR j.finished_at < now() - interval '\(Lease.runOutMilliseconds) ms')
        ORDER BY w.number LIMIT \(replyLimit)
        """
    private static let replied = "DELETE FROM job_waiter WHERE number = ANY ($1::bigint[])"

    /// Works until the task is cancelled.
    func run() async {
        guard !work.isEmpty else { return }
        while !Task.isCancelled {
            var pause = idlePause
            do {
                let jobs = try await claim()
                if !jobs.isEmpty { pause = waitingPause }
                for job in jobs where try await step(job) { pause = .zero }
                if try await reply() { pause = .zero }
            } catch {
                log.warning("jobs wait", metadata: ["error": "\(error)"])
            }
            if pause > .zero { try? await Task.sleep(for: pause) }
        }
    }

    private func claim() async throws -> [Job] {
        let rows = try await table.pool.run([
            Statement(Self.claim, [.uuid(table.instance), .texts(work.keys.sorted())])
        ])[0]
        return try rows.map { row in
            Job(
                id: try row.uuid(0), type: try row.text(1), subject: try row.text(2),
                data: try JSON(parsing: Array(try row.text(3).utf8)), user: try row.optionalText(4).map { UserID($0) },
                cursor: try row.optionalText(5), isSelected: try row.bool(6),
                createdAt: Timestamp(microseconds: try row.timestampMicroseconds(7)))
        }
    }

    /// Whether there is more to do at once. A job whose step fails waits for the next turn and hinders no other.
    private func step(_ job: Job) async throws -> Bool {
        guard let work = work[job.type] else { return false }
        do {
            switch try await work.step(job, table) {
            case .goesOn: return true
            case .waits: return false
            case .done(let result, let afterLeases):
                try await finish(job, okData(result), isHeld: afterLeases)
            case .refused(let refusal):
                try await finish(job, errorData(refusal), isHeld: false)
            }
            return true
        } catch {
            log.warning("a job waits", metadata: ["type": "\(job.type)", "error": "\(error)"])
            return false
        }
    }

    private func finish(_ job: Job, _ data: JSON, isHeld: Bool) async throws {
        _ = try await table.pool.run([
            Statement(
                Self.finish, [.uuid(job.id), .uuid(table.instance), .text(data.serialized), .bool(isHeld)])
        ])
    }

    /// Answers who waits for a job that is done. A crash in between answers twice; the first reply counts.
    private func reply() async throws -> Bool {
        let rows = try await table.pool.run([Statement(Self.replies)])[0]
        guard !rows.isEmpty else { return false }
        let messages = try rows.map { row in
            let address = ReplyAddress(queue: try row.text(1), correlation: try row.optionalText(2))
            return replyMessage(
                to: ReplyTarget(type: try row.text(3), subject: try row.text(4), address: address),
                try JSON(parsing: Array(try row.text(5).utf8)), from: table.service, id: newID(at: .now), at: .now)
        }
        try await table.publisher.publish(messages)
        _ = try await table.pool.run([Statement(Self.replied, [.int8s(try rows.map { try $0.int64(0) })])])
        return true
    }
}
