import FoundationEssentials
import Models
import PostgreSQL
import RabbitMQ

/// A job to insert.
struct NewJob: Sendable {
    let id: UUID
    let request: MessageKey
    let type: String
    let subject: String
    let data: JSON
    let user: UserID?
    /// Whether the reply waits for the leases (X3).
    let isHeld: Bool
}

/// A reply address that waits for a job.
struct JobWaiter: Sendable {
    let request: MessageKey
    let address: ReplyAddress
}

/// The outcome of one contact of a job.
struct ItemOutcome: Sendable {
    let job: UUID
    let number: Int
    let outcome: String

    init(job: UUID, number: Int, outcome: String) {
        self.job = job
        self.number = number
        self.outcome = outcome
    }

    /// Returns the outcome of a job's message that was refused; nil if the message belongs to no job. A job's messages
    /// contain job and number in `data` and are published by the service itself.
    init?(refused delivery: Delivery, _ refusal: Refusal, by service: SuiteService) {
        guard delivery.exchange == Exchange.internal.rawValue, delivery.properties.userID == service.rawValue,
            let event = try? Event(parsing: delivery.body), let data = try? Reader(event.data, at: "/data"),
            let job = try? data.uuid("job"), let number = try? data.integer("number", in: 1...Int64(Int32.max)),
            event.id == derivedID("job item", job.text, String(number))
        else { return nil }
        self.init(job: job, number: Int(number), outcome: refusal.code.rawValue)
    }
}

/// The changes of a batch to the job tables.
struct JobChanges: Sendable {
    var jobs: [NewJob] = []
    var waiters: [JobWaiter] = []
    var outcomes: [ItemOutcome] = []

    var statements: [Statement] {
        var statements: [Statement] = []
        if !jobs.isEmpty { statements.append(insert) }
        // The join drops the waiters of requests that have no job.
        if !waiters.isEmpty {
            statements.append(
                Statement(
                    """
                    INSERT INTO job_waiter (job, queue, correlation)
                    SELECT job.id, w.queue, w.correlation
                    FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[])
                        AS w (message_id, source, queue, correlation)
                    JOIN job USING (message_id, source)
                    """,
                    [
                        .uuids(waiters.map(\.request.id)), .texts(waiters.map(\.request.source)),
                        .texts(waiters.map(\.address.queue)), .texts(waiters.map(\.address.correlation)),
                    ]))
        }
        if !outcomes.isEmpty {
            statements.append(
                Statement(
                    """
                    UPDATE job_item SET outcome = done.outcome
                    FROM unnest($1::uuid[], $2::integer[], $3::text[]) AS done (job, number, outcome)
                    WHERE job_item.job = done.job AND job_item.number = done.number AND job_item.outcome IS NULL
                    """,
                    [
                        .uuids(outcomes.map(\.job)), .int4s(outcomes.map { Int32($0.number) }),
                        .texts(outcomes.map(\.outcome)),
                    ]))
        }
        return statements
    }

    /// The times are set by the database's clock, which they are compared with.
    private var insert: Statement {
        Statement(
            """
            INSERT INTO job (id, message_id, source, type, subject, data, user_id, is_held, created_at, next_step_at)
            SELECT new.*, now(), now()
            FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
                $8::boolean[]) AS new
            """,
            [
                .uuids(jobs.map(\.id)), .uuids(jobs.map(\.request.id)), .texts(jobs.map(\.request.source)),
                .texts(jobs.map(\.type)), .texts(jobs.map(\.subject)), .texts(jobs.map(\.data.serialized)),
                .texts(jobs.map(\.user?.text)), .bools(jobs.map(\.isHeld)),
            ])
    }
}
