import Cryptography
public import FoundationEssentials
import Models
public import PostgreSQL
import RabbitMQ

/// Contacts that one reply names, and the bytes of their ids: a message has 1 MiB at most (contract section 1).
private let replyContacts = 10_000
private let replyBytes = 900_000

/// The tables `job`, `job_item` and `job_waiter`, as far as steps need them.
public struct JobTable: Sendable {
    /// Connections to read and write by.
    public let pool: Pool
    let service: SuiteService
    /// Who works by it: its claims on jobs.
    let claimer: UUID
    let publisher: Publisher
    /// For replies, whose queues askers have named: nothing else waits for them.
    let replies: Publisher

    // The claim's owner alone takes the selection further, so that a page is added once.
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

    /// Takes the selection of a job's contacts further, in one transaction with `statements`, which save them. False:
    /// another has done it, and nothing was saved.
    public func advance(_ job: Job, to next: String?, saving statements: [Statement]) async throws -> Bool {
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

    /// The first items that are not done: those to send, and whether others are under way.
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

    /// Publishes; a message that is published again, after a crash, has the same id and is done once.
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

    /// Has sent again what was sent long ago and has no outcome. Where the first message is still on its way, or is
    /// done meanwhile, the second one changes nothing: it has the same id.
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

/// A version 8 UUID (RFC 9562) over what names a thing: the same parts, the same id, whoever makes it.
public func derivedID(_ parts: String...) -> UUID {
    var bytes = [UInt8](Digest.sha256([UInt8](parts.joined(separator: "\0").utf8)).prefix(16))
    bytes[6] = bytes[6] & 0x0F | 0x80
    bytes[8] = bytes[8] & 0x3F | 0x80
    return UUID(uuid: bytes.withUnsafeBytes { $0.loadUnaligned(as: uuid_t.self) })
}
