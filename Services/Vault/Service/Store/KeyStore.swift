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
    /// The keys of some contacts.
    private static let reading = "SELECT contact, version, keys FROM contact_key WHERE contact = ANY($1)"
    /// Adds and drops keys, and says what then holds.
    private static let saving = "SELECT contact, version, keys FROM save_keys($1, $2, $3, $4)"
    private static let locking = "SELECT lock_keys($1)"

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
        return try wrapped(rows[1])
    }

    /// Committed when it returns: a key is there before the first value under it. What the values are found by goes
    /// with it (V5), in one transaction, which a pipeline is. Answers the keys that hold.
    func save(_ changes: [Change], finding postings: Postings = Postings()) async throws -> [String: WrappedKeys] {
        let contacts = Set(changes.map(\.contact)).union(postings.contacts)
        guard !contacts.isEmpty else { return [:] }
        var statements = [Statement(Self.locking, [.texts(contacts.sorted())])]
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
        return changes.isEmpty ? [:] : try wrapped(results[1])
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
                log.warning("the key store is not ready yet", metadata: ["error": "\(error)"])
                try await Task.sleep(for: pause)
            }
        }
    }

    private func json(_ keys: [FieldName: [UInt8]]) -> String {
        JSON.object(keys.map { JSON.Member($0.key.text, .string(Base64URL.encode($0.value))) }).serialized
    }

    private func wrapped(_ rows: Rows) throws -> [String: WrappedKeys] {
        var result: [String: WrappedKeys] = [:]
        for row in rows {
            var keys: [FieldName: [UInt8]] = [:]
            for member in try JSON(parsing: Array(try row.text(2).utf8)).members ?? [] {
                guard let key = member.value.text.flatMap({ Base64URL.decode($0) }) else {
                    throw KeyMistake.unreadableRow
                }
                keys[FieldName(stored: member.name)] = key
            }
            result[try row.text(0)] = WrappedKeys(version: Int(try row.int64(1)), keys: keys)
        }
        return result
    }
}
