import PostgreSQL

/// Five million contacts in consent's database, written by its owner: attributes, statuses, lists and decisions that
/// have nothing to do with each other, and a region that only the newest contacts have.
enum ConsentPopulation {
    static let count = 5_000_000
    /// Contacts of one company.
    static let perCompany = 50
    static let companies = count / perCompany

    private static let indexes = [
        "contact_searchable ON contact USING gin (searchable jsonb_path_ops)",
        "contact_lists ON contact USING gin (lists)",
        "contact_opt_in ON contact (opt_in, id)",
        "contact_granted ON contact USING gin (granted)",
        "contact_revoked ON contact USING gin (revoked)",
    ]
    /// A number that looks like chance, the same each time, from 0 to so many less one.
    private static func chance(_ salt: Int, of values: Int) -> String {
        "(hashint8extended(n, \(salt)) & 1073741823) % \(values)"
    }
    private static let fill = """
        INSERT INTO contact (id, locale, attributes, searchable, created_at, opt_in, lists, granted, revoked)
        SELECT 'find-' || lpad(n::text, 7, '0'), (ARRAY['en', 'de'])[\(chance(1, of: 2)) + 1], text::json, text::jsonb,
            now(), (ARRAY['double-opt-in', 'double-opt-in', 'double-opt-in', 'double-opt-in', 'double-opt-in', 'none',
                'none', 'single-opt-in-webform', 'opt-out-user', 'opt-out-contact'])[\(chance(2, of: 10)) + 1],
            CASE \(chance(3, of: 6)) WHEN 0 THEN ARRAY['news'] WHEN 1 THEN ARRAY['news', 'events'] ELSE '{}' END,
            CASE \(chance(4, of: 10)) WHEN 0 THEN ARRAY['tracking'] WHEN 1 THEN ARRAY['tracking', 'credit-card']
                ELSE '{}' END,
            CASE \(chance(5, of: 20)) WHEN 0 THEN ARRAY['partner-contact'] ELSE '{}' END
        FROM generate_series(0::bigint, \(count - 1)) AS n, LATERAL (SELECT format(
            '{"region":"%s","salesStage":"%s","company":"company-%s","score":%s}',
            CASE WHEN n >= \(count - count / 50) THEN 'LATAM'
                ELSE (ARRAY['EU', 'US', 'APAC'])[\(chance(6, of: 3)) + 1] END,
            CASE WHEN \(chance(7, of: 1000)) = 0 THEN 'ready-to-buy' ELSE 'open' END,
            \(chance(8, of: companies)), \(chance(9, of: 1000)))) AS made (text);
        """
    private static let known = "SELECT count(*) FROM contact WHERE id = 'find-0000000'"

    /// Writes them where they are not there yet, and the indexes, which were made for few, anew.
    static func store() async throws {
        let database = try await openDatabase("CONSENT_DATABASE_OWNER_URL")
        if try await database.run(Statement(known))[0].int64(0) == 0 {
            let start = ContinuousClock.now
            try await database.execute(script: "SET maintenance_work_mem = '512MB'")
            for index in indexes { try await database.execute(script: "DROP INDEX \(index.split(separator: " ")[0])") }
            try await database.execute(script: fill)
            for index in indexes { try await database.execute(script: "CREATE INDEX \(index)") }
            try await database.execute(script: "VACUUM ANALYZE contact")
            print("  stored in \(Int((ContinuousClock.now - start) / .seconds(1))) s")
        }
        await database.close()
    }
}
