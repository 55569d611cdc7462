import Cryptography
package import FoundationEssentials
import Models
package import PostgreSQL
import RabbitMQ

/// Contacts in one reply at most, and the bytes of their ids. The reply must fit the limit of 1 MiB
/// (contract section 1).
private let replyContacts = 10_000
private let replyBytes = 900_000

/// Reads and writes the tables `job`, `job_item` and `job_waiter` for the steps of jobs.
package struct JobTable: Sendable {
    /// The connections for reading and writing.
    package let pool: Pool
    let service: SuiteService
    /// The runner's id for its claims on jobs.
    let claimer: UUID
    let publisher: Publisher
    /// The publisher of replies. It is separate, because the broker may close its connection over a queue name that an
    /// asker has chosen.
    let replies: Publisher

    // Only the claim's owner advances the selection, so that a page is added once.
    private static let advance = """
        UPDATE job SET cursor = $3, is_selected = $4 WHERE id = $1 AND claimed_by = $2
            AND cursor IS NOT DISTINCT FROM $5 AND NOT is_selected RETURNING id
        """
    private static let addItems = """
        INSERT INTO job_item (job, number, contact, detail)
        SELECT $1, coalesce((SELECT max(number) FROM job_item WHERE job = $1), 0) + row_number() OVER (ORDER BY place),
            contact, detail
        FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS item (contact, detail, place)
        """
    private static let openItems = """
        SELECT number, contact, detail, sent_at IS NOT NULL FROM job_item WHERE job = $1 AND outcome IS NULL
        ORDER BY number LIMIT $2
        """
    private static let markSent = "UPDATE job_item SET sent_at = now() WHERE job = $1 AND number = ANY ($2::integer[])"
    private static let sendAgain = """
        UPDATE job_item SET sent_at = NULL
        WHERE job = $1 AND outcome IS NULL AND sent_at < now() - interval '\(itemPatienceSeconds) s'
        """
    private static let counts = "SELECT outcome, count(*) FROM job_item WHERE job = $1 GROUP BY outcome"
    private static let contacts = """
        SELECT outcome, contact FROM job_item WHERE job = $1 AND outcome <> ALL ($2::text[])
        ORDER BY number LIMIT \(replyContacts)
        """

    /// Advances the selection of a job's contacts in one transaction with `statements`, which save the page. Returns
    /// false, and saves nothing, if another runner has advanced it.
    package func advance(_ job: Job, to next: String?, saving statements: [Statement]) async throws -> Bool {
        try await pool.withConnection { connection in
            let advance = Statement(
                Self.advance, [.uuid(job.id), .uuid(claimer), .text(next), .bool(next == nil), .text(job.cursor)])
            let isMine = try await !connection.run([Statement("BEGIN"), advance])[1].isEmpty
            _ = try await connection.run((isMine ? statements : []) + [Statement("COMMIT")])
            return isMine
        }
    }

    func add(_ page: JobPage, to job: Job) async throws {
        let items = Statement(
            Self.addItems,
            [.uuid(job.id), .texts(page.items.map(\.contact)), .texts(page.items.map(\.detail))])
        _ = try await advance(job, to: page.next, saving: page.items.isEmpty ? [] : [items])
    }

    /// Returns the first open items of a job: those to send, and whether others were sent and have no outcome yet.
    func items(of job: Job, window: Int) async throws -> (unsent: [(Int, JobPage.Item)], isUnderWay: Bool) {
        var unsent: [(Int, JobPage.Item)] = []
        var isUnderWay = false
        let rows = try await pool.run([Statement(Self.openItems, [.uuid(job.id), .int8(Int64(window))])])[0]
        for row in rows {
            if try row.bool(3) {
                isUnderWay = true
            } else {
                let item = JobPage.Item(contact: try row.text(1), detail: try row.optionalText(2))
                unsent.append((Int(try row.int64(0)), item))
            }
        }
        return (unsent, isUnderWay)
    }

    /// Publishes the messages of items and marks them as sent. A message that is published again after a crash has the
    /// same id, so that it takes effect once.
    func send(_ messages: [(number: Int, contact: String, data: JSON)], type: String, of job: Job) async throws {
        let now = job.createdAt
        try await publisher.publish(
            messages.map { message in
                let event = Event(
                    id: derivedID("job item", job.id.text, String(message.number)), source: service.source,
                    type: type, subject: message.contact, time: now, data: message.data)
                return OutgoingMessage(event, on: .internal, by: service)
            })
        let numbers = messages.map { Int32($0.number) }
        _ = try await pool.run([Statement(Self.markSent, [.uuid(job.id), .int4s(numbers)])])
    }

    /// Marks items to be sent again whose message was sent long ago and has no outcome. The new message has the same
    /// id, so that it takes effect once.
    func sendLostAgain(of job: Job) async throws {
        _ = try await pool.run([Statement(Self.sendAgain, [.uuid(job.id)])])
    }

    func outcomes(of job: Job, counting counted: Set<String>) async throws -> JobOutcomes {
        let results = try await pool.run([
            Statement(Self.counts, [.uuid(job.id)]),
            Statement(Self.contacts, [.uuid(job.id), .texts(counted.sorted())]),
        ])
        var counts: [String: Int] = [:]
        for row in results[0] { counts[try row.text(0)] = Int(try row.int64(1)) }
        var contacts: [String: [String]] = [:]
        var bytes = 0
        for row in results[1] {
            let contact = try row.text(1)
            bytes += contact.utf8.count + 3
            guard bytes <= replyBytes else { break }
            contacts[try row.text(0), default: []].append(contact)
        }
        return JobOutcomes(counts: counts, contacts: contacts)
    }
}

/// Returns a version 8 UUID (RFC 9562) derived from the parts: equal parts give equal ids.
package func derivedID(_ parts: String...) -> UUID {
    var bytes = [UInt8](Digest.sha256([UInt8](parts.joined(separator: "\0").utf8)).prefix(16))
    bytes[6] = bytes[6] & 0x0F | 0x80
    bytes[8] = bytes[8] & 0x3F | 0x80
    return UUID(uuid: bytes.withUnsafeBytes { $0.loadUnaligned(as: uuid_t.self) })
}
