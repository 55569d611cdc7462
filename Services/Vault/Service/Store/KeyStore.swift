import Cryptography
import Keys
import Logging
import Models
import PostgreSQL
import VaultDomain

/// Time between two attempts to reach the key store at start.
private let pause = Duration.milliseconds(300)

/// The data keys, in a separate database (E3). Nothing is cached: keys stay in memory only for the batch that read
/// them.
struct KeyStore: Sendable {
    /// The keys of some contacts. LATERAL … LIMIT makes the planner look up each contact in the index.
    private static let reading = """
        SELECT k.* FROM unnest($1::text[]) AS asked (contact) CROSS JOIN LATERAL (
            SELECT contact, version, keys FROM contact_key WHERE contact_key.contact = asked.contact LIMIT 1) AS k
        """
    /// Adds and deletes keys and returns the resulting rows.
    private static let saving = "SELECT contact, version, keys FROM save_keys($1, $2, $3, $4)"
    private static let locking = "SELECT lock_keys($1)"
    /// Repairs a row that was tampered with, if it has not changed since it was read.
    private static let mending = """
        UPDATE contact_key k SET version = m.version, keys = m.keys::jsonb
        FROM unnest($1::text[], $2::int4[], $3::text[], $4::int4[], $5::text[])
            AS m (contact, version, keys, old_version, old_keys)
        WHERE k.contact = m.contact AND k.version = m.old_version AND k.keys = m.old_keys::jsonb
        """

    let pool: Pool
    let ring: HeldKeys

    /// Changes of one contact's keys.
    struct Change {
        let contact: String
        let version: Int
        /// New keys, wrapped.
        var fresh: [FieldName: [UInt8]] = [:]
        /// Keys to delete, wrapped, as they were read.
        var gone: [FieldName: [UInt8]] = [:]
        /// The row as it was read; an invalid one is repaired first.
        var mended: WrappedKeys?

        /// Whether all keys of the row are known: valid when read, or created by this change.
        func knows(_ keys: [FieldName: [UInt8]], under version: Int) -> Bool {
            guard version == self.version, let mended, mended.garbled == nil else { return false }
            return keys.allSatisfy { $0.value == fresh[$0.key] || $0.value == mended.keys[$0.key] }
        }
    }

    /// Seals and opens a contact's values.
    func cipher(contact: String, keys: WrappedKeys) -> FieldCipher {
        FieldCipher(ring: ring, contact: contact, keys: keys)
    }

    /// The wrapped keys of the contacts that have any. Also updates the current version in `ring`, with which new keys
    /// are wrapped.
    func keys(of contacts: [String]) async throws -> [String: WrappedKeys] {
        guard !contacts.isEmpty else { return [:] }
        let rows = try await pool.run([KeyVersionStore.question, Statement(Self.reading, [.texts(contacts)])])
        try KeyVersionStore.follow(rows[0], ring)
        return try await wrapped(rows[1])
    }

    /// Commits the changes before it returns, so that a key exists before the first value under it. The search postings
    /// are committed in the same transaction (V5), since a pipeline is one. Returns the resulting keys.
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

    /// Fails at start if the key file lacks a version in use or has another key for it, before any message is
    /// processed.
    func requireVersions(log: Logger) async throws {
        try await reached(log: log) { try await KeyVersionStore(pool: pool).settle(ring) }
    }

    /// Retries until the key store is reachable.
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

    /// Reads a row's keys. An invalid key stays under its name and opens nothing. Keys known from this change are not
    /// unwrapped again.
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

    /// Whether the vault ever used this version. The key file may still lack a new version; a version that was never
    /// used can only come from tampering.
    private func isOurs(_ stored: Int) async throws -> Bool {
        if ring.isProven(stored) { return true }
        return try await KeyVersionStore(pool: pool).prove(stored, ring)
    }

    /// Rewraps a key that was wrapped by another version than the row's; RFC 3394 detects which version unwraps it. A
    /// key that no version unwraps stays unchanged.
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
