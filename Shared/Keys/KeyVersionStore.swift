import Cryptography
package import PostgreSQL

/// The current version of the key-encryption key, and the versions that each instance holds: two tables of the key
/// store.
package struct KeyVersionStore: Sendable {
    /// All versions that were ever current: whether each is current, and whether rows may still need it.
    private static let versions = "SELECT version, probe, superseded_at IS NULL, retired_at IS NULL FROM key_version"
    private static let inUse = "SELECT v FROM versions_in_use() AS v ORDER BY v"
    private static let establishing = """
        INSERT INTO key_version (version, probe) SELECT $1, $2
        WHERE NOT EXISTS (SELECT FROM key_version) ON CONFLICT DO NOTHING
        """
    private static let current = "SELECT version, probe FROM key_version WHERE superseded_at IS NULL"
    /// Waits for transactions that are writing rows under the previous version, and keeps new ones from starting.
    private static let locking = "SELECT pg_advisory_xact_lock('key_version'::regclass::oid::bigint)"
    private static let superseding = """
        UPDATE key_version SET superseded_at = now() WHERE superseded_at IS NULL AND version <> $1
        """
    private static let inserting = "INSERT INTO key_version (version, probe) VALUES ($1, $2)"
    private static let retiring = """
        UPDATE key_version SET retired_at = now()
        WHERE superseded_at IS NOT NULL AND retired_at IS NULL AND version NOT IN (SELECT versions_in_use())
        RETURNING version
        """
    private static let beating = """
        INSERT INTO key_holder (instance, versions, checks, wrapping, seen_at) VALUES ($1, $2, $3, $4, now())
        ON CONFLICT (instance) DO UPDATE
        SET versions = excluded.versions, checks = excluded.checks, wrapping = excluded.wrapping,
            seen_at = excluded.seen_at
        """
    private static let forgetting = "DELETE FROM key_holder WHERE seen_at < now() - interval '1 hour'"
    private static let leaving = "DELETE FROM key_holder WHERE instance = $1"
    /// The instances with a heartbeat in the last 6 s. After six missed heartbeats an instance has ended, or is so slow
    /// that it reads the current version again before it wraps a key.
    private static let holders = """
        SELECT instance, versions, checks, wrapping FROM key_holder
        WHERE seen_at > now() - interval '6 s' ORDER BY instance
        """
    /// A rotation is overdue where the current version is 30 days old, or an old one is not retired a day after it.
    private static let status = """
        SELECT version, probe, extract(epoch FROM now() - current_since)::int8,
            current_since < now() - interval '30 days' OR EXISTS (SELECT FROM key_version
                WHERE retired_at IS NULL AND superseded_at < now() - interval '1 day')
        FROM key_version WHERE superseded_at IS NULL
        """

    let pool: Pool

    /// The tables of a key store.
    package init(pool: Pool) { self.pool = pool }

    /// A version that is or was current.
    struct Version: Sendable {
        let number: Int
        let probe: [UInt8]
        let isCurrent: Bool
        /// Whether rows may need it.
        let isNeeded: Bool
    }

    /// A running instance of the vault.
    struct Holder: Sendable {
        let instance: String
        let versions: Set<Int>
        /// The check value of each version; empty for an instance of an older release.
        let checks: [Int: [UInt8]]
        let wrapping: Int
    }

    /// The age of the current version.
    package struct RotationStatus: Sendable {
        /// Seconds.
        package let age: Int64
        /// Whether a rotation is overdue.
        package let isOverdue: Bool
    }

    /// Reads the current version, in the same round trip as a batch's rows; `follow` takes the result.
    package static var question: Statement { Statement(current) }

    /// Tells the keys which version is current. Error: they have another key under its number.
    package static func follow(_ rows: Rows, _ keys: HeldKeys) throws {
        if let row = rows.first { try keys.follow(Int(try row.int64(0)), probe: try row.bytes(1)) }
    }

    /// Refuses keys that lack a version that rows may need, or have another key for it. Makes a first current version
    /// where the key store has none; then the keys follow the current one. A row under a version that was never
    /// current, or is retired, was put there by hand and does not keep the vault from starting.
    package func settle(_ keys: HeldKeys) async throws {
        if try await versions().isEmpty {
            let inUse = try await versionsInUse()
            for version in inUse {
                let key = try keys.key(version: version)
                guard try await WrappedRows(pool: pool).isOpened(by: key) else { throw KeyMistake.wrongKey }
            }
            let first = try keys.key(version: inUse.last ?? keys.currentVersion)
            let establishing = Statement(Self.establishing, [.int4(Int32(first.version)), .bytes(first.probe())])
            _ = try await pool.run([establishing])
        }
        try await follow(keys)
    }

    /// As `settle`, but makes no first version, and refuses keys that lack the version of any row. Returns the current
    /// version; nil where there is none.
    @discardableResult
    func require(_ keys: HeldKeys) async throws -> Int? {
        let current = try await follow(keys)
        for version in try await versionsInUse() { _ = try keys.key(version: version) }
        return current
    }

    /// Whether rows may be wrapped under the version; if so, proves the keys' version. Error: they lack it, or have
    /// another key for it.
    package func prove(_ version: Int, _ keys: HeldKeys) async throws -> Bool {
        guard let known = try await versions().first(where: { $0.number == version && $0.isNeeded }) else {
            return false
        }
        try keys.prove(version, by: known.probe)
        return true
    }

    @discardableResult
    private func follow(_ keys: HeldKeys) async throws -> Int? {
        let versions = try await versions()
        for version in versions where version.isNeeded {
            try keys.prove(version.number, by: version.probe)
        }
        guard let current = versions.first(where: \.isCurrent) else { return nil }
        try keys.follow(current.number, probe: current.probe)
        return current.number
    }

    /// Writes a heartbeat, and makes the keys follow the current version.
    package func beat(_ instance: String, _ keys: HeldKeys) async throws -> RotationStatus? {
        let held = keys.checks()
        let beat = Statement(
            Self.beating,
            [
                .text(instance), .int4s(held.versions.map { Int32($0) }), .byteArrays(held.checks),
                .int4(Int32(keys.currentVersion)),
            ])
        let rows = try await pool.run([beat, Statement(Self.forgetting), Statement(Self.status)])[2]
        try Self.follow(rows, keys)
        return try rows.first.map { RotationStatus(age: try $0.int64(2), isOverdue: try $0.bool(3)) }
    }

    /// Deletes the row of an instance that ends.
    package func leave(_ instance: String) async throws {
        _ = try await pool.run([Statement(Self.leaving, [.text(instance)])])
    }

    /// All versions that were ever current.
    func versions() async throws -> [Version] {
        try await pool.run([Statement(Self.versions)])[0].map { row in
            Version(
                number: Int(try row.int64(0)), probe: try row.bytes(1), isCurrent: try row.bool(2),
                isNeeded: try row.bool(3))
        }
    }

    /// Versions under which anything is wrapped, ascending.
    func versionsInUse() async throws -> [Int] {
        try await pool.run([Statement(Self.inUse)])[0].map { Int(try $0.int64(0)) }
    }

    /// The running instances, by their heartbeats.
    func holders() async throws -> [Holder] {
        try await pool.run([Statement(Self.holders)])[0].map { row in
            let versions = try row.int64Array(1).map { Int($0) }
            return Holder(
                instance: try row.text(0), versions: Set(versions),
                checks: Dictionary(zip(versions, try row.bytesArray(2))) { $1 }, wrapping: Int(try row.int64(3)))
        }
    }

    /// Makes the version current: after the commit no new key is wrapped under another. Runs on the connection that
    /// holds the rotation's lock, so that it fails when the lock is lost.
    func makeCurrent(_ version: Int, probe: [UInt8], on connection: Connection) async throws {
        _ = try await connection.run([
            Statement("BEGIN"), Statement(Self.locking), Statement(Self.superseding, [.int4(Int32(version))]),
            Statement(Self.inserting, [.int4(Int32(version)), .bytes(probe)]), Statement("COMMIT"),
        ])
    }

    /// Retires the versions that no row needs; returns them.
    func retire() async throws -> [Int] {
        try await pool.run([Statement(Self.retiring)])[0].map { Int(try $0.int64(0)) }
    }
}
