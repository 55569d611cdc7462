import Cryptography
import Foundation
import Models
import PostgreSQL
import VaultDomain

/// Five million values at the vault with what they are found by, written by the owners of its two databases: the values
/// themselves are sealed by nobody, since no look-up by eight characters or fewer opens any.
enum FindPopulation {
    static let cards = 5_000_000
    static let endings = 10_000
    static let names = 250_000
    static let card = "creditCard"
    static let name = "lastName"
    /// A fifth of all begin with `An`.
    static let lastNames = (0..<50).map { number in
        let beginning = number % 5 == 0 ? "An" : ["Ba", "Ko", "Li", "Re"][number % 4]
        return beginning + ["der", "sel", "ton"][number % 3] + "s\(number)"
    }

    private static let limit = Duration.seconds(60)
    private static let pass = "SELECT count(*) FROM find_pass WHERE finished_at IS NULL"
    private static let known = "SELECT count(*) FROM contact WHERE id = 'find-0000000'"
    private static let contact = "'find-' || lpad(n::text, 7, '0')"
    private static let time = "timestamptz '2026-01-01 00:00:00Z'"
    /// As long as a card number's nonce, ciphertext and tag.
    private static let sealed = "decode(repeat('5a', 44), 'hex')"
    private static let values = """
        INSERT INTO contact (id, created_at) SELECT \(contact), \(time) FROM generate_series(0, \(cards - 1)) AS n;
        INSERT INTO field (contact, name, sealed, stored_at)
        SELECT \(contact), '\(card)', \(sealed), \(time) FROM generate_series(0, \(cards - 1)) AS n;
        INSERT INTO field (contact, name, sealed, stored_at)
        SELECT \(contact), '\(name)', \(sealed), \(time) FROM generate_series(0, \(names - 1)) AS n;
        """
    private static let makeKey = """
        INSERT INTO index_key (field, version, wrapped) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING
        """
    private static let key = "SELECT version, wrapped FROM index_key WHERE field = $1"
    /// In the order of the table's key; the other index is made when all are there.
    private static let cardPostings = """
        INSERT INTO find_posting (hash, contact, stamp, field)
        SELECT h.hash, 'find-' || lpad((round * \(endings) + h.place - 1)::text, 7, '0'),
            (extract(epoch FROM \(time)) * 1000000)::bigint, '\(card)'
        FROM (SELECT * FROM unnest($1::int8[]) WITH ORDINALITY AS all_hashes (hash, place) ORDER BY hash) AS h,
            generate_series(0, \(cards / endings - 1)) AS round
        """
    private static let namePostings = """
        INSERT INTO find_posting (hash, contact, stamp, field)
        SELECT h.hash, 'find-' || lpad((round * \(lastNames.count) + h.number)::text, 7, '0'),
            (extract(epoch FROM \(time)) * 1000000)::bigint, '\(name)'
        FROM (SELECT * FROM unnest($1::int8[], $2::int4[]) AS all_hashes (hash, number) ORDER BY hash) AS h,
            generate_series(0, \(names / lastNames.count - 1)) AS round
        """

    static func ending(_ number: Int) -> String { String(format: "%04d", number % endings) }

    /// Writes them where they are not there yet.
    static func store() async throws {
        let vault = try await openDatabase("VAULT_DATABASE_OWNER_URL")
        if try await vault.run(Statement(known))[0].int64(0) == 0 {
            print("storing \(cards) sensitive values and \(names) names")
            let keys = try await openDatabase("KEYS_DATABASE_OWNER_URL")
            try await waitForPass(keys)
            async let written: Void = vault.execute(script: values)
            try await storePostings(keys)
            try await written
            for table in ["contact", "field"] { try await vault.execute(script: "VACUUM ANALYZE \(table)") }
            await keys.close()
        }
        await vault.close()
    }

    /// The vault has looked at all its contacts, so that it does not look at these, whose values do not open.
    private static func waitForPass(_ keys: Connection) async throws {
        let end = ContinuousClock.now + limit
        while try await keys.run(Statement(pass))[0].int64(0) > 0 {
            guard ContinuousClock.now < end else { throw Failure("the vault is still at work on its contacts") }
            try await Task.sleep(for: .milliseconds(200))
        }
    }

    private static func storePostings(_ keys: Connection) async throws {
        let cardKey = try await indexKey(of: card, keys), nameKey = try await indexKey(of: name, keys)
        let end = Findable.end(.last(4)), words = Findable.words
        let hashes = (0..<endings).map { KeyedHash.visible(ending($0), as: end.label, with: cardKey) }
        let nameHashes = lastNames.enumerated().flatMap { number, name in
            words.texts(of: name).map { (KeyedHash.visible($0, as: words.label, with: nameKey), Int32(number)) }
        }
        try await keys.execute(script: "DROP INDEX find_posting_value")
        _ = try await keys.run(Statement(cardPostings, [.int8s(hashes)]))
        _ = try await keys.run(Statement(namePostings, [.int8s(nameHashes.map(\.0)), .int4s(nameHashes.map(\.1))]))
        try await keys.execute(script: "CREATE INDEX find_posting_value ON find_posting (contact, field, stamp)")
        try await keys.execute(script: "VACUUM ANALYZE find_posting")
    }

    /// The key under which the vault looks values of the field up, made as the vault makes it where there is none.
    private static func indexKey(of field: String, _ keys: Connection) async throws -> MACKey {
        let ring = try KeyRing(json: try String(contentsOfFile: try variable("VAULT_KEYS_FILE"), encoding: .utf8))
        _ = try await keys.run(
            Statement(
                makeKey,
                [
                    .text(field), .int4(Int32(ring.current.version)),
                    .bytes(ring.current.encryption.wrap(.random())),
                ]))
        let row = try await keys.run(Statement(key, [.text(field)]))[0]
        guard let wrapping = ring.key(version: Int(try row.int64(0))) else { throw Failure("a version is missing") }
        return MACKey(try wrapping.encryption.unwrap(try row.bytes(1)))
    }
}
