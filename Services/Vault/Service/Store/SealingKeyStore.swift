import Cryptography
import PostgreSQL

/// Keeps a private key apart from everything else that is ever sealed under the same key.
private let domain = "assent vault sealing key 1"

/// The sealing keys' rows in the key store, private halves sealed under the key-encryption key (X4).
struct SealingKeyStore: Sendable {
    /// Published when it is 5 s old, so that every instance has it before anybody seals to it; opens for 7 days after
    /// it was retired, for what is under way.
    private static let reading = """
        SELECT kid, version, sealed, created_at <= now() - interval '5 s'
        FROM sealing_key WHERE retired_at IS NULL OR retired_at > now() - interval '7 days'
        ORDER BY created_at, kid
        """
    private static let deleting = "DELETE FROM sealing_key WHERE retired_at <= now() - interval '7 days'"
    /// Of several instances that start at once, one makes the first key.
    private static let inserting = """
        INSERT INTO sealing_key (kid, version, sealed) SELECT $1, $2, $3
        WHERE NOT EXISTS (SELECT FROM sealing_key WHERE retired_at IS NULL) ON CONFLICT DO NOTHING
        """
    private static let retiring = "UPDATE sealing_key SET retired_at = now() WHERE retired_at IS NULL"

    let pool: Pool
    let ring: KeyRing

    /// A key that opens.
    struct Row: Sendable {
        let key: PrivateSealingKey
        /// Every instance has it.
        let isSettled: Bool
    }

    /// Makes the first key where there is none.
    func makeFirst() async throws { _ = try await pool.run([insertion()]) }

    /// Retires the current key for a new one.
    func turnOver() async throws {
        let statements = [Statement("BEGIN"), Statement(Self.retiring), insertion(), Statement("COMMIT")]
        _ = try await pool.run(statements)
    }

    /// The keys that open, oldest first.
    func rows() async throws -> [Row] {
        try await pool.run([Statement(Self.deleting), Statement(Self.reading)])[1].map { row in
            let kid = try row.text(0)
            let key = try open(try row.bytes(2), kid: kid, version: Int(try row.int64(1)))
            return Row(key: key, isSettled: try row.bool(3))
        }
    }

    private func insertion() -> Statement {
        let key = PrivateSealingKey.generate()
        let kid = key.publicKey.thumbprint
        let sealed = ring.current.encryption.seal(key.bytes, associatedData: identity(kid))
        return Statement(Self.inserting, [.text(kid), .int4(Int32(ring.current.version)), .bytes(sealed)])
    }

    private func open(_ sealed: [UInt8], kid: String, version: Int) throws -> PrivateSealingKey {
        guard let key = ring.key(version: version) else { throw KeyMistake.unknownVersion(version) }
        do {
            let opened = try PrivateSealingKey(key.encryption.open(sealed, associatedData: identity(kid)))
            guard opened.publicKey.thumbprint == kid else { throw KeyMistake.unreadableRow }
            return opened
        } catch is CryptographyError {
            throw KeyMistake.unreadableRow
        }
    }

    private func identity(_ kid: String) -> [UInt8] { [UInt8]("\(domain)\0\(kid)".utf8) }
}
