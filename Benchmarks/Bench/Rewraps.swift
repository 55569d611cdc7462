import Cryptography
import Foundation
import Keys
import Models
import PostgreSQL

/// A rotation of the key-encryption key, the vault running, beside what one core wraps at best.
enum Rewraps {
    private static let rounds = 3
    private static let contacts = 50_000
    private static let keysPerContact = 5
    private static let batch = 5000
    private static let fill = """
        INSERT INTO contact_key (contact, version, keys)
        SELECT contact, $3, keys::jsonb FROM unnest($1::text[], $2::text[]) AS n (contact, keys) ON CONFLICT DO NOTHING
        """

    static func run() async throws {
        let file = KeyFile(path: try variable("VAULT_KEYS_FILE"))
        let pool = Pool(
            try DatabaseAddress(url: try variable("KEYS_DATABASE_OWNER_URL")), name: "bench", size: 4,
            limits: .migration)
        try await store(under: try file.read().current, pool)
        print("a rotation of the keys of \(contacts) contacts, \(keysPerContact) each, beside openssl's speed")
        var rates: [Double] = [], ratios: [Double] = []
        for round in 1...rounds {
            let wraps = try OpenSSLSpeed.keyWraps()
            var start = ContinuousClock.now, done = 0
            _ = try await KeyRotation(file, pool: pool).run(patience: .seconds(30)) { step in
                switch step {
                case .current: start = .now
                case .rewrapped(let count, of: _): done = count
                case .added, .waiting, .retired: break
                }
            }
            let rate = Double(done) / ((ContinuousClock.now - start) / .seconds(1))
            let keys = rate * Double(keysPerContact)
            rates.append(keys)
            // Each key is unwrapped and wrapped.
            ratios.append(2 * keys / wraps)
            print(
                "  round \(round): \(Int(rate)) contacts/s, \(Int(keys)) keys/s; "
                    + "openssl on one core: id-aes256-wrap of 32 bytes \(Int(wraps))/s")
        }
        print("  keys/s \(Report.median("rewrap.keys", rates, "/s", better: .more))")
        let ratio = Report.median("rewrap.to-openssl", ratios, better: .more)
        print("  unwrapping and wrapping by openssl's wrapping \(ratio)")
        await pool.close()
    }

    private static func store(under current: KeyRing.VersionedKey, _ pool: Pool) async throws {
        for first in stride(from: 0, to: contacts, by: batch) {
            let names = (first..<first + batch).map { "rewrap-\($0)" }
            let keys = names.map { _ in
                JSON.object(
                    (0..<keysPerContact).map { field in
                        let wrapped = current.encryption.wrap(.random())
                        return JSON.Member("field-\(field)", .string(Base64URL.encode(wrapped)))
                    }
                ).serialized
            }
            _ = try await pool.run([
                Statement(fill, [.texts(names), .texts(keys), .int4(Int32(current.version))])
            ])
        }
    }
}
