import Cryptography
import Foundation
import Models
import PostgreSQL

/// Contacts in opt-in's database, written by its owner, each with an address of which opt-in keeps the hash that it
/// would make itself: most of them have no status yet, so that a form of theirs changes it.
enum SizePopulation {
    /// HMAC-SHA-256 (RFC 2104) of the addresses, as `KeyedHash.address` makes it under the key file's
    /// first version: the two pads with the key are $1, $2.
    private static let hash = """
        '1.1.' || translate(rtrim(encode(sha256($2 || sha256($1 || convert_to(
            'size-' || lpad(n::text, 7, '0') || '@example.com', 'UTF8'))), 'base64'), '='), '+/', '-_')
        """
    private static let prepare = """
        CREATE UNLOGGED TABLE made AS SELECT n, \(hash) AS hash
        FROM generate_series($3::integer, $4::integer) AS n
        """
    // Indexes are made again as they were: as the migrations have them.
    private static let fill = """
        CREATE TEMPORARY TABLE dropped AS SELECT indexdef FROM pg_indexes
            WHERE indexname IN ('contact_address', 'contact_lists');
        DROP INDEX contact_address; DROP INDEX contact_lists;
        INSERT INTO address (hash) SELECT hash FROM made ORDER BY hash;
        INSERT INTO contact (contact, status, since, address_hash, undecided, decided, lists, change_count)
        SELECT 'size-' || lpad(n::text, 7, '0'), CASE WHEN n % 20 < 16 THEN 'none' ELSE 'double-opt-in' END, now(),
            hash, '{}', '{}', CASE WHEN n % 3 = 0 THEN ARRAY['news'] ELSE '{}' END, (n % 20 >= 16)::integer
        FROM made ORDER BY n;
        INSERT INTO status_change (contact, number, from_status, to_status, at, by, reason)
        SELECT 'size-' || lpad(n::text, 7, '0'), 1, 'none', 'double-opt-in', now(), 'contact', 'confirmed'
        FROM made WHERE n % 20 >= 16 ORDER BY n;
        DO $$ DECLARE definition text;
        BEGIN FOR definition IN SELECT indexdef FROM dropped LOOP EXECUTE definition; END LOOP; END $$;
        DROP TABLE made, dropped;
        """

    static func contact(_ number: Int) -> String { "size-" + String(format: "%07d", number) }
    static func hasNoStatus(_ number: Int) -> Bool { number % 20 < 16 }

    static func store(_ numbers: Range<Int>) async throws {
        let start = ContinuousClock.now
        let database = try await openDatabase("OPTIN_DATABASE_OWNER_URL")
        let (inner, outer) = try pads()
        try await database.execute(script: "SET maintenance_work_mem = '512MB'; SET work_mem = '512MB'")
        _ = try await database.run(
            Statement(
                prepare,
                [
                    .bytes(inner), .bytes(outer), .int4(Int32(numbers.lowerBound)),
                    .int4(Int32(numbers.upperBound - 1)),
                ]))
        try await database.execute(script: fill)
        for table in ["address", "contact", "status_change"] {
            try await database.execute(script: "VACUUM ANALYZE \(table)")
        }
        await database.close()
        // What is left to be written would be written while the forms are measured.
        let cluster = try await openDatabase("DATABASE_TEST_URL")
        try await cluster.execute(script: "CHECKPOINT")
        await cluster.close()
        print("  \(numbers.count) contacts stored in \(Int((ContinuousClock.now - start) / .seconds(1))) s")
    }

    /// The key, filled up to a block, with either pad, and before the address what keeps its hashes apart from others.
    private static func pads() throws -> (inner: [UInt8], outer: [UInt8]) {
        let file = try JSON(parsing: [UInt8](Data(contentsOf: URL(filePath: try variable("ADDRESS_KEY_FILE")))))
        guard let text = file["keys"]?.elements?.first?["key"]?.text, let key = Base64URL.decode(text) else {
            throw Failure("ADDRESS_KEY_FILE has no key")
        }
        let block = key + [UInt8](repeating: 0, count: 64 - key.count)
        return (block.map { $0 ^ 0x36 } + [UInt8]("assent address 1\0".utf8), block.map { $0 ^ 0x5c })
    }
}
