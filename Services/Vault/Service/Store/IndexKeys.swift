import Cryptography
import Keys
import PostgreSQL
import Synchronization
import VaultDomain

/// Keys in memory at most: fields have as many names as publishers give them.
private let mostKept = 4096

/// The keys of the hashes by which values are found, one a field (V5). A key never changes, only what wraps it, so
/// that it stays in memory.
final class IndexKeys: Sendable {
    private static let reading = "SELECT field, version, wrapped FROM index_key WHERE field = ANY ($1::text[])"
    private static let listing = "SELECT field, version, wrapped FROM index_key ORDER BY field LIMIT $1"
    /// Of several instances that make a field's key at once, one does.
    private static let inserting = """
        INSERT INTO index_key (field, version, wrapped)
        SELECT field, $1, wrapped FROM unnest($2::text[], $3::bytea[]) AS new (field, wrapped)
        ORDER BY field ON CONFLICT DO NOTHING
        """

    private let pool: Pool
    private let ring: HeldKeys
    private let kept = Mutex<[FieldName: MACKey]>([:])

    init(pool: Pool, ring: HeldKeys) {
        self.pool = pool
        self.ring = ring
    }

    /// The keys of these fields; a field that never had a value has none.
    func keys(of fields: some Sequence<FieldName>) async throws -> [FieldName: MACKey] {
        var (keys, missing) = known(fields)
        guard !missing.isEmpty else { return keys }
        for row in try await pool.run([Statement(Self.reading, [.texts(missing.map(\.text))])])[0] {
            if let (field, key) = try opened(row) { keys[field] = key }
        }
        return keys
    }

    /// The keys of these fields, made where there are none, and committed when it returns.
    func makeKeys(of fields: Set<FieldName>) async throws -> [FieldName: MACKey] {
        var keys = try await keys(of: fields)
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
        for row in rows {
            if let (field, key) = try opened(row) { keys[field] = key }
        }
        return keys
    }

    /// The keys of all fields that ever had a value; nil: there are more of them than `most`.
    func all(atMost most: Int) async throws -> [FieldName: MACKey]? {
        let rows = try await pool.run([Statement(Self.listing, [.int8(Int64(most + 1))])])[0]
        guard rows.count <= most else { return nil }
        var keys: [FieldName: MACKey] = [:]
        for row in rows {
            let field = FieldName(stored: try row.text(0))
            keys[field] = try kept.withLock { $0[field] } ?? opened(row)?.key
        }
        return keys
    }

    private func known(_ fields: some Sequence<FieldName>) -> (keys: [FieldName: MACKey], missing: [FieldName]) {
        kept.withLock { kept in
            var keys: [FieldName: MACKey] = [:]
            var missing: [FieldName] = []
            for field in fields {
                if let key = kept[field] { keys[field] = key } else { missing.append(field) }
            }
            return (keys, missing)
        }
    }

    /// Columns `field`, `version`, `wrapped`. Nil: it was garbled, so that the field's values are not found; they are
    /// stored all the same.
    private func opened(_ row: Row) throws -> (field: FieldName, key: MACKey)? {
        let field = FieldName(stored: try row.text(0))
        let wrapped = try row.bytes(2)
        let version = Int(try row.int64(1))
        for version in [version] + ring.versions {
            guard let unwrapped = try? ring.key(version: version).encryption.unwrap(wrapped) else { continue }
            let key = MACKey(unwrapped)
            kept.withLock { kept in
                if kept.count >= mostKept { kept = [:] }
                kept[field] = key
            }
            return (field, key)
        }
        _ = try ring.key(version: version)
        return nil
    }
}
