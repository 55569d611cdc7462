import Messaging
import Models
import PostgreSQL
import VaultDomain

/// Contacts that are looked at in one step.
private let contactsPerStep = 50
/// Values that are read and renewed at once: each has 4 KiB and 224 hashes at most, of which 20,000 take some 100 ms.
private let valuesAtOnce = 100
/// Values that are looked at once more in one step.
private let reviewsPerStep = 200
/// What a batch had under way is over by then, as no statement takes longer; the clocks of instances may differ.
private let settling = Duration.seconds(600)

/// Makes postings of values that have none or others: all of them, once, when the vault first starts with a
/// configuration that shows other things (V5, V6), and single ones of which some may be left over. Only an instance
/// with the newest configuration does it.
struct FindReindexing: Sendable {
    private static let enlisting = "INSERT INTO find_pass (rules) VALUES ($1) ON CONFLICT DO NOTHING"
    /// Those who write by other rules note their values for a review, once they can see the newest pass.
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
    /// Before a pass begins: then every batch knows of it that is written by rules from before.
    var patience = Duration.seconds(10)

    /// What a step found to do.
    enum Step: Sendable {
        case nothing
        case page
        case end
    }

    /// Tells of this configuration, before anything is written by it.
    func enlist() async throws { _ = try await keys.pool.run([Statement(Self.enlisting, [.text(index.rulesText)])]) }

    /// Takes the pass over all contacts further. Two instances may do the same step, with the same result.
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

    /// Looks once more at values that are due. False: there is none.
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

    /// Nil: another configuration is the newest.
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

    /// In one transaction, or in halves where that takes too long: a store that is slow is not kept from its end.
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
