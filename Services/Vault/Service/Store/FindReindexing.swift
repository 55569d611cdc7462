import Messaging
import Models
import PostgreSQL
import VaultDomain

/// Contacts read in one step.
private let contactsPerStep = 50
/// Values read and indexed at once: each has at most 4 KiB and 224 hashes; 20,000 hashes take about 100 ms.
private let valuesAtOnce = 100
/// Values reviewed in one step.
private let reviewsPerStep = 200
/// After this time no batch still writes the value, because no statement runs that long; it also tolerates clock
/// differences between instances.
private let settling = Duration.seconds(600)

/// Rebuilds postings: of all values, once, when the vault first starts with changed visibility rules (V5, V6), and of
/// single values that may have outdated postings. Only an instance with the newest rules does this.
struct FindReindexing: Sendable {
    private static let enlisting = "INSERT INTO find_pass (rules) VALUES ($1) ON CONFLICT DO NOTHING"
    /// Instances with older rules schedule a review of the values they write, once they see the newest pass.
    private static let current = """
        SELECT id, cursor, finished_at IS NULL AND created_at <= now() - $2::int8 * interval '1 s'
        FROM find_pass WHERE id = (SELECT max(id) FROM find_pass) AND rules = $1
        """
    private static let advancing = "UPDATE find_pass SET cursor = $3 WHERE id = $1::int8 AND cursor = $2"
    private static let finishing = """
        UPDATE find_pass SET finished_at = now() WHERE id = $1::int8 AND cursor = $2 AND finished_at IS NULL
        """
    private static let contacts = """
        SELECT id FROM contact WHERE id > $1 AND erased_at IS NULL ORDER BY id LIMIT \(contactsPerStep)
        """
    private static let names = "SELECT contact, name FROM field WHERE contact = ANY ($1::text[])"
    private static let due = """
        SELECT contact, field FROM find_review WHERE due_at <= now() ORDER BY due_at LIMIT \(reviewsPerStep)
        """

    let data: Pool
    let keys: KeyStore
    let index: FindIndex
    /// Delay before a pass begins: by then every batch that writes by older rules sees the pass.
    var patience = Duration.seconds(10)

    /// The result of a step.
    enum Step: Sendable {
        case nothing
        case page
        case end
    }

    /// Registers this configuration's rules, before anything is written by them.
    func enlist() async throws { _ = try await keys.pool.run([Statement(Self.enlisting, [.text(index.rulesText)])]) }

    /// Processes the next contacts of the pass. Two instances may do the same step, with the same result.
    func step(at now: Timestamp) async throws -> Step {
        guard let row = try await pass(), try row.bool(2) else { return .nothing }
        let id = try row.int64(0)
        let cursor = try row.text(1)
        let contacts = try await data.run([Statement(Self.contacts, [.text(cursor)])])[0].map { try $0.text(0) }
        guard let last = contacts.last else {
            _ = try await keys.pool.run([Statement(Self.finishing, [.int8(id), .text(cursor)])])
            return .end
        }
        let rows = try await data.run([Statement(Self.names, [.texts(contacts)])])[0]
        let places = try rows.map { row in
            StoredValues.Place(contact: try row.text(0), field: FieldName(stored: try row.text(1)))
        }
        try await renew(places.filter { !$0.field.isReserved }, at: now)
        _ = try await keys.pool.run([Statement(Self.advancing, [.int8(id), .text(cursor), .text(last)])])
        return .page
    }

    /// Rebuilds the postings of values whose review is due. Returns false if there are none.
    func review(at now: Timestamp) async throws -> Bool {
        guard try await pass() != nil else { return false }
        let rows = try await keys.pool.run([Statement(Self.due)])[0]
        guard !rows.isEmpty else { return false }
        let places = try rows.map { row in
            StoredValues.Place(contact: try row.text(0), field: FieldName(stored: try row.text(1)))
        }
        try await renew(places, at: now)
        return true
    }

    /// The newest pass; nil if it belongs to another configuration.
    private func pass() async throws -> Row? {
        let seconds = Int64(patience / .seconds(1))
        let statement = Statement(Self.current, [.text(index.rulesText), .int8(seconds)])
        return try await keys.pool.run([statement])[0].first
    }

    private func renew(_ places: [StoredValues.Place], at now: Timestamp) async throws {
        for start in stride(from: 0, to: places.count, by: valuesAtOnce) {
            let part = Set(places[start..<min(start + valuesAtOnce, places.count)])
            let stored = try await StoredValues(pool: data).values(at: part, withSealed: true)
            let wrapped = try await keys.keys(of: Set(part.map(\.contact)).sorted())
            let values = try part.map { place in
                let value = stored[place]
                let cipher = keys.cipher(contact: place.contact, keys: wrapped[place.contact] ?? .none)
                let text = try value?.sealed.flatMap { try cipher.visibleText(of: $0, name: place.field) }
                return FindIndex.Value(contact: place.contact, field: place.field, text: text, stamp: value?.stamp)
            }
            try await renew(values, settled: (now - settling).microseconds)
        }
    }

    /// Runs in one transaction. On a statement timeout the values are split in halves, so that a slow key store still
    /// makes progress.
    private func renew(_ values: [FindIndex.Value], settled: Int64) async throws {
        let postings = try await index.postings(of: values)
        guard !postings.isEmpty else { return }
        do {
            _ = try await keys.pool.run(postings.requiring + [postings.renewing(settled: settled)])
        } catch let error where error.sqlState == "57014" && values.count > 1 {
            let middle = values.count / 2
            try await renew(Array(values[..<middle]), settled: settled)
            try await renew(Array(values[middle...]), settled: settled)
        } catch {
            if error.sqlState == "40001" { index.forgetKeys() }
            throw error
        }
    }
}
