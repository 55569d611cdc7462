import PostgreSQL

/// A million contacts in opt-in's database, written by its owner.
enum Population {
    static let count = 1_000_000

    static func contact(_ number: Int) -> String { "bench-\(number)" }

    /// By the number of a contact: half of them confirmed, some lists, and as an address each has its own.
    private static let fill = """
        INSERT INTO address (hash, opt_out_count, is_opted_out)
        SELECT translate(rtrim(encode(sha256(convert_to(n::text, 'UTF8')), 'base64'), '='), '+/', '-_'),
            (n % 20 = 19)::integer, n % 20 = 19
        FROM generate_series(0, \(count - 1)) AS n;
        INSERT INTO contact (
            contact, status, since, address_hash, undecided, decided, lists, change_count, opt_out_seen)
        SELECT 'bench-' || n, (ARRAY['double-opt-in', 'double-opt-in', 'double-opt-in', 'double-opt-in',
                'double-opt-in', 'double-opt-in', 'double-opt-in', 'double-opt-in', 'double-opt-in', 'double-opt-in',
                'none', 'none', 'none', 'none', 'single-opt-in-webform', 'single-opt-in-webform',
                'single-opt-in-user', 'single-opt-in-user', 'opt-out-user', 'opt-out-contact'])[n % 20 + 1], now(),
            translate(rtrim(encode(sha256(convert_to(n::text, 'UTF8')), 'base64'), '='), '+/', '-_'), '{}', '{}',
            CASE WHEN n % 3 = 0 THEN ARRAY['news'] ELSE '{}' END, 0, (n % 20 = 19)::integer
        FROM generate_series(0, \(count - 1)) AS n;
        """
    private static let known = "SELECT count(*) FROM contact WHERE contact IN ('bench-0', 'bench-\(count - 1)')"

    /// Whether the contact of this number had no status when it was written.
    static func hasNoStatus(_ number: Int) -> Bool { (10...13).contains(number % 20) }

    /// Writes them where they are not there yet.
    static func store() async throws {
        let database = try await openDatabase("OPTIN_DATABASE_OWNER_URL")
        if try await database.run(Statement(known))[0].int64(0) == 0 {
            print("storing \(count) contacts")
            try await database.execute(script: fill)
            for table in ["address", "contact"] { try await database.execute(script: "VACUUM ANALYZE \(table)") }
        }
        await database.close()
    }
}

/// As the owner, whom statements over many rows may take minutes.
func openDatabase(_ name: String) async throws -> Connection {
    try await Connection.open(
        try DatabaseAddress(url: try variable(name)), name: "bench", limits: .migration)
}
