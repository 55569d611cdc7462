import Cryptography
import Keys
import PostgreSQL
import Synchronization
import VaultDomain

/// The keys of the search hashes, one per field (V5). A key never changes, only its wrapping, so it is cached in
/// memory. But if the key store is restored from a backup that lacks the key, its field gets a new one. So writers let
/// the key store check the keys' ids (`require_index_keys`), and searches read the keys each time.
final class IndexKeys: Sendable {
    private static let reading = "SELECT field, id, version, wrapped FROM index_key WHERE field = ANY ($1::text[])"
    /// If several instances insert a field's key at once, only one row is stored.
    private static let inserting = """
        INSERT INTO index_key (field, version, wrapped)
        SELECT field, $1, wrapped FROM unnest($2::text[], $3::bytea[]) AS new (field, wrapped)
        ORDER BY field ON CONFLICT DO NOTHING
        """

    private let pool: Pool
    private let ring: HeldKeys
    private let kept = Mutex<[FieldName: Key]>([:])

    init(pool: Pool, ring: HeldKeys) {
        self.pool = pool
        self.ring = ring
    }

    /// The key of a field's hashes.
    struct Key: Sendable {
        let id: Int64
        let mac: MACKey
    }

    /// The current keys of these fields; a field without values may have none.
    func keys(of fields: some Sequence<FieldName>) async throws -> [FieldName: Key] {
        try opened(try await pool.run([Statement(Self.reading, [.texts(fields.map(\.text))])])[0])
    }

    /// The keys of these fields; missing ones are created and committed. A cached key may have been deleted meanwhile.
    func makeKeys(of fields: Set<FieldName>) async throws -> [FieldName: Key] {
        var keys = kept.withLock { kept in kept.filter { fields.contains($0.key) } }
        let unseen = fields.subtracting(keys.keys)
        guard !unseen.isEmpty else { return keys }
        keys.merge(try await self.keys(of: unseen)) { $1 }
        let missing = fields.subtracting(keys.keys).map(\.text)
        guard !missing.isEmpty else { return keys }
        let current = try ring.current
        let rows = try await pool.run([
            Statement(
                Self.inserting,
                [
                    .int4(Int32(current.version)), .texts(missing),
                    .byteArrays(missing.map { _ in current.encryption.wrap(.random()) }),
                ]),
            Statement(Self.reading, [.texts(missing)]),
        ])[1]
        keys.merge(try opened(rows)) { $1 }
        return keys
    }

    /// Clears the cache.
    func forget() { kept.withLock { $0 = [:] } }

    /// Reads the columns `field`, `id`, `version`, `wrapped`. Leaves out keys that were tampered with: values of their
    /// fields are stored but not found.
    private func opened(_ rows: Rows) throws -> [FieldName: Key] {
        var keys: [FieldName: Key] = [:]
        for row in rows {
            let field = FieldName(stored: try row.text(0))
            let id = try row.int64(1)
            if let key = kept.withLock({ $0[field] }), key.id == id {
                keys[field] = key
            } else if let mac = try unwrapped(try row.bytes(3), version: Int(try row.int64(2))) {
                let key = Key(id: id, mac: mac)
                keys[field] = key
                kept.withLock { $0[field] = key }
            }
        }
        return keys
    }

    private func unwrapped(_ wrapped: [UInt8], version: Int) throws -> MACKey? {
        for version in [version] + ring.versions {
            if let key = try? ring.key(version: version).encryption.unwrap(wrapped) { return MACKey(key) }
        }
        _ = try ring.key(version: version)
        return nil
    }
}
