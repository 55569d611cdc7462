import Cryptography
import Keys
import Logging
import Models
import PostgreSQL
import VaultDomain

/// Between attempts to reach the key store at start.
private let pause = Duration.milliseconds(300)

/// The data keys, in a database of their own (E3). Nothing is cached here: keys live as long as the batch that read
/// them.
struct KeyStore: Sendable {
    /// The keys of some contacts. LATERAL … LIMIT keeps the planner at one look-up a contact.
    private static let reading = """
        SELECT k.* FROM unnest($1::text[]) AS asked (contact) CROSS JOIN LATERAL (
            SELECT contact, version, keys FROM contact_key WHERE contact_key.contact = asked.contact LIMIT 1) AS k
        """
    /// Adds and drops keys, and says what then holds.
    private static let saving = "SELECT contact, version, keys FROM save_keys($1, $2, $3, $4)"
    private static let locking = "SELECT lock_keys($1)"
    /// A row that was changed by hand becomes one again that can be written, if it is still as it was read.
    private static let mending = """
        UPDATE contact_key k SET version = m.version, keys = m.keys::jsonb
        FROM unnest($1::text[], $2::int4[], $3::text[], $4::int4[], $5::text[])
            AS m (contact, version, keys, old_version, old_keys)
        WHERE k.contact = m.contact AND k.version = m.old_version AND k.keys = m.old_keys::jsonb
        """

    let pool: Pool
    let ring: HeldKeys

    /// What becomes of one contact's keys.
    struct Change {
        let contact: String
        let version: Int
        /// Wrapped.
        var fresh: [FieldName: [UInt8]] = [:]
        /// Wrapped, as they were read.
        var gone: [FieldName: [UInt8]] = [:]
        /// The row as it was read, where it is to be mended first.
        var mended: WrappedKeys?

        /// Whether these are the row's keys as they were read, sound, or made for it.
        func knows(_ keys: [FieldName: [UInt8]], under version: Int) -> Bool {
            guard version == self.version, let mended, mended.garbled == nil else { return false }
            return keys.allSatisfy { $0.value == fresh[$0.key] || $0.value == mended.keys[$0.key] }
        }
    }

    /// Seals and opens a contact's values.
    func cipher(contact: String, keys: WrappedKeys) -> FieldCipher {
        FieldCipher(ring: ring, contact: contact, keys: keys)
    }

    /// The wrapped keys of those contacts that have any. What the batch adds is wrapped with the version that is
    /// current now.
    func keys(of contacts: [String]) async throws -> [String: WrappedKeys] {
        guard !contacts.isEmpty else { return [:] }
        let rows = try await pool.run([KeyVersionStore.question, Statement(Self.reading, [.texts(contacts)])])
        try KeyVersionStore.follow(rows[0], ring)
        return try await wrapped(rows[1])
    }

    /// Committed when it returns: a key is there before the first value under it. What the values are found by goes
    /// with it (V5), in one transaction, which a pipeline is. Answers the keys that hold.
    func save(_ changes: [Change], finding postings: Postings = Postings()) async throws -> [String: WrappedKeys] {
        let contacts = Set(changes.map(\.contact)).union(postings.contacts)
        guard !contacts.isEmpty else { return [:] }
        var statements = postings.requiring + [Statement(Self.locking, [.texts(contacts.sorted())])] + mending(changes)
        let place = statements.count
        if !changes.isEmpty {
            statements.append(
                Statement(
                    Self.saving,
                    [
                        .texts(changes.map(\.contact)), .int4s(changes.map { Int32($0.version) }),
                        .texts(changes.map { json($0.fresh) }), .texts(changes.map { json($0.gone) }),
                    ]))
        }
        if !postings.isEmpty { statements.append(postings.saving) }
        let results = try await pool.run(statements)
        return changes.isEmpty ? [:] : try await wrapped(results[place], after: changes)
    }

    /// Refuses to start with a key file that lacks a version in use, or has another key for it, before a message meets
    /// it.
    func requireVersions(log: Logger) async throws {
        try await reached(log: log) { try await KeyVersionStore(pool: pool).settle(ring) }
    }

    /// Waits as long as the key store is away.
    private func reached<Value>(log: Logger, _ body: () async throws -> Value) async throws -> Value {
        while true {
            do {
                return try await body()
            } catch let error as DatabaseError where error.isRetriable {
                log.warning(
                    "checking key versions in the key store failed; trying again in 300 ms",
                    metadata: ["error": "\(error)"])
                try await Task.sleep(for: pause)
            }
        }
    }

    private func json(_ keys: [FieldName: [UInt8]]) -> String {
        JSON.object(keys.map { JSON.Member($0.key.text, .string(Base64URL.encode($0.value))) }).serialized
    }

    private func mending(_ changes: [Change]) -> [Statement] {
        let rows = changes.compactMap { change in
            change.mended.flatMap { keys in keys.garbled.map { (change.contact, change.version, keys.keys, $0) } }
        }
        guard !rows.isEmpty else { return [] }
        return [
            Statement(
                Self.mending,
                [
                    .texts(rows.map(\.0)), .int4s(rows.map { Int32($0.1) }),
                    .texts(rows.map { json($0.2.filter { isKey($0.value) }) }),
                    .int4s(rows.map { Int32($0.3.version) }),
                    .texts(rows.map(\.3.text)),
                ])
        ]
    }

    private func isKey(_ bytes: [UInt8]) -> Bool { bytes.count == AESKey.wrappedLength }

    private func wrapped(_ rows: Rows, after changes: [Change] = []) async throws -> [String: WrappedKeys] {
        let changes = Dictionary(changes.map { ($0.contact, $0) }) { $1 }
        var result: [String: WrappedKeys] = [:]
        for row in rows {
            let contact = try row.text(0)
            result[contact] = try await wrapped(
                Int(try row.int64(1)), try row.text(2), after: changes[contact])
        }
        return result
    }

    /// What is no key stays under its name, and opens nothing. What is known already is not tried once more.
    private func wrapped(_ stored: Int, _ text: String, after change: Change?) async throws -> WrappedKeys {
        let members = (try? JSON(parsing: Array(text.utf8)))?.members
        var keys: [FieldName: [UInt8]] = [:]
        for member in members ?? [] {
            keys[FieldName(stored: member.name)] = member.value.text.flatMap { Base64URL.decode($0) } ?? []
        }
        if let change, members != nil, change.knows(keys, under: stored) {
            return WrappedKeys(version: stored, keys: keys)
        }
        let version = try await isOurs(stored) ? stored : ring.currentVersion
        let brought = try keys.mapValues { try bring($0, under: version) }
        let isSound = version == stored && members != nil && brought == keys && keys.values.allSatisfy(isKey)
        let garbled = WrappedKeys.Garbled(version: stored, text: text, isWhole: members == nil)
        return WrappedKeys(version: version, keys: brought, garbled: isSound ? nil : garbled)
    }

    /// Whether a row can be under that version. The file may lack one that others have already; but one that no vault
    /// ever wrapped with was put there by hand.
    private func isOurs(_ stored: Int) async throws -> Bool {
        if ring.isProven(stored) { return true }
        return try await KeyVersionStore(pool: pool).prove(stored, ring)
    }

    /// A key that another version than the row's wraps opens, and is wrapped as it should be when the row is mended:
    /// RFC 3394 tells which one it is. What opens under none stays.
    private func bring(_ wrapped: [UInt8], under version: Int) throws -> [UInt8] {
        guard isKey(wrapped) else { return wrapped }
        let right = try ring.key(version: version).encryption
        if (try? right.unwrap(wrapped)) != nil { return wrapped }
        for other in ring.versions where other != version {
            if let key = try? ring.key(version: other).encryption.unwrap(wrapped) { return right.wrap(key) }
        }
        return wrapped
    }
}
