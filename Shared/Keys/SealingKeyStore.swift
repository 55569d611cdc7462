package import Cryptography
package import PostgreSQL

/// Part of the associated data: separates private keys from all other values that are sealed under the same key.
private let domain = "assent vault sealing key 1"

/// The sealing keys' rows in the key store, private halves sealed under the key-encryption key (X4).
package struct SealingKeyStore: Sendable {
    /// Reads the keys, the current one last. A key is published when it is 5 s old, so that every instance has it
    /// before a client seals to it. It opens for 7 days after it was retired, for messages under way. A creation time
    /// far in the future was set by hand; that key is published too, since otherwise none ever would be.
    private static let reading = """
        SELECT kid, version, sealed,
            created_at <= now() - interval '5 s' OR created_at > now() + interval '1 hour', retired_at IS NULL,
            (SELECT probe FROM key_version v WHERE v.version = s.version AND v.retired_at IS NULL)
        FROM sealing_key AS s WHERE retired_at IS NULL OR retired_at > now() - interval '7 days'
        ORDER BY retired_at IS NULL, created_at, kid
        """
    private static let deleting = "DELETE FROM sealing_key WHERE retired_at <= now() - interval '7 days'"
    /// Where several instances start at once, only one of them inserts the first key.
    private static let inserting = """
        INSERT INTO sealing_key (kid, version, sealed) SELECT $1, $2, $3
        WHERE NOT EXISTS (SELECT FROM sealing_key WHERE retired_at IS NULL) ON CONFLICT DO NOTHING
        """
    private static let replacing = "UPDATE sealing_key SET retired_at = now() WHERE kid = $1 AND retired_at IS NULL"
    private static let retiring = "UPDATE sealing_key SET retired_at = now() WHERE retired_at IS NULL"
    /// Keeps a key that is younger than the current version of the key-encryption key: it was replaced in that
    /// rotation.
    private static let retiringBeforeVersion =
        retiring + " AND created_at < (SELECT current_since FROM key_version WHERE superseded_at IS NULL)"
    private static let wrappedOtherwise = "SELECT kid, version, sealed FROM sealing_key WHERE version <> $1"
    private static let namingVersion = "SELECT kid, sealed FROM sealing_key WHERE version = $1"
    private static let rewrapping = """
        UPDATE sealing_key SET version = $2, sealed = $3 WHERE kid = $1 AND version = $4
        """

    private let pool: Pool
    private let keys: HeldKeys

    /// The rows of a key store.
    package init(pool: Pool, keys: HeldKeys) {
        self.pool = pool
        self.keys = keys
    }

    /// A sealing key whose row opens.
    package struct Row: Sendable {
        package let key: PrivateSealingKey
        /// Whether every instance has the key.
        package let isSettled: Bool

        /// A key as it was read.
        package init(key: PrivateSealingKey, isSettled: Bool) {
            self.key = key
            self.isSettled = isSettled
        }
    }

    /// Makes the first key where there is none.
    package func makeFirst() async throws { _ = try await pool.run([try insertion()]) }

    /// Retires the current key for a new one.
    package func turnOver() async throws { try await turnOver(Self.retiring) }

    /// Retires the current key for a new one if it is older than the current version of the key-encryption key, so that
    /// one rotation turns it over once, however often it is begun.
    package func turnOverWithVersion() async throws { try await turnOver(Self.retiringBeforeVersion) }

    /// The content of all rows.
    package struct Contents: Sendable {
        /// The keys that open, oldest first.
        package internal(set) var rows: [Row] = []
        /// Thumbprints of the keys that do not open: their rows were changed by hand.
        package internal(set) var unreadable: Set<String> = []
        /// The thumbprint of a current key that does not open, and is to be replaced; empty: there is no current key;
        /// nil: it opens.
        var replaced: String? = ""
    }

    /// The keys that open, oldest first.
    package func rows() async throws -> [Row] { try await read().rows }

    /// Reads all rows; replaces the current key where it does not open or is missing.
    package func contents() async throws -> Contents {
        let contents = try await read()
        guard let kid = contents.replaced else { return contents }
        _ = try await pool.run([
            Statement("BEGIN"), Statement(Self.replacing, [.text(kid)]), try insertion(), Statement("COMMIT"),
        ])
        return try await read()
    }

    /// Error: the key file lacks a version that others have already, or has another key for it: then the file is at
    /// fault and not the row.
    private func read() async throws -> Contents {
        var contents = Contents()
        for row in try await pool.run([Statement(Self.deleting), Statement(Self.reading)])[1] {
            let kid = try row.text(0)
            let isCurrent = try row.bool(4), version = Int(try row.int64(1))
            if let probe = try row.optionalBytes(5) { try keys.prove(version, by: probe) }
            do {
                let key = try open(try row.bytes(2), kid: kid, version: version)
                contents.rows.append(Row(key: key, isSettled: try row.bool(3)))
                if isCurrent { contents.replaced = nil }
            } catch is KeyMistake {
                contents.unreadable.insert(kid)
                if isCurrent { contents.replaced = kid }
            }
        }
        return contents
    }

    /// Seals the rows of other versions anew under the current one. Returns how many rows do not open.
    func rewrap() async throws -> Int {
        let current = try keys.current
        var unreadable = 0
        for row in try await pool.run([Statement(Self.wrappedOtherwise, [.int4(Int32(current.version))])])[0] {
            let kid = try row.text(0), version = Int(try row.int64(1))
            guard let key = try? open(try row.bytes(2), kid: kid, version: version) else {
                unreadable += 1
                continue
            }
            let sealed = current.encryption.seal(key.bytes, associatedData: Self.identity(kid))
            _ = try await pool.run([
                Statement(
                    Self.rewrapping,
                    [.text(kid), .int4(Int32(current.version)), .bytes(sealed), .int4(Int32(version))])
            ])
        }
        return unreadable
    }

    /// How many rows name a version, and how many of them a key opens.
    static func count(
        under version: Int, openedBy key: KeyRing.VersionedKey, _ pool: Pool
    ) async throws -> (all: Int, opened: Int) {
        let rows = try await pool.run([Statement(namingVersion, [.int4(Int32(version))])])[0]
        let opened = rows.filter { row in
            (try? open(try row.bytes(1), kid: try row.text(0), with: key)) != nil
        }
        return (rows.count, opened.count)
    }

    private func turnOver(_ retiring: String) async throws {
        let statements = [Statement("BEGIN"), Statement(retiring), try insertion(), Statement("COMMIT")]
        _ = try await pool.run(statements)
    }

    private func insertion() throws -> Statement {
        let current = try keys.current
        let key = PrivateSealingKey.generate()
        let kid = key.publicKey.thumbprint
        let sealed = current.encryption.seal(key.bytes, associatedData: Self.identity(kid))
        return Statement(Self.inserting, [.text(kid), .int4(Int32(current.version)), .bytes(sealed)])
    }

    private func open(_ sealed: [UInt8], kid: String, version: Int) throws -> PrivateSealingKey {
        try Self.open(sealed, kid: kid, with: try keys.key(version: version))
    }

    private static func open(
        _ sealed: [UInt8], kid: String, with key: KeyRing.VersionedKey
    ) throws -> PrivateSealingKey {
        do {
            let opened = try PrivateSealingKey(key.encryption.open(sealed, associatedData: identity(kid)))
            guard opened.publicKey.thumbprint == kid else { throw KeyMistake.unreadableRow }
            return opened
        } catch is CryptographyError {
            throw KeyMistake.unreadableRow
        }
    }

    private static func identity(_ kid: String) -> [UInt8] { [UInt8]("\(domain)\0\(kid)".utf8) }
}
