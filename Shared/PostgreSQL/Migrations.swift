/// Brings a schema up to date, as its owner.
package enum Migrations {
    /// The number of the advisory lock, which nothing else in the database uses: "assent" in ASCII.
    private static let lockNumber: Int64 = 0x6173_7365_6E74
    /// Numbers of one series; within one, a missing number below an applied one is a mistake.
    private static let series: Int64 = 100

    private static let table = """
        CREATE TABLE IF NOT EXISTS schema_migration (
            number int8 PRIMARY KEY,
            name text NOT NULL,
            hash bytea NOT NULL,
            applied_at timestamptz NOT NULL DEFAULT now()
        );
        COMMENT ON TABLE schema_migration IS 'The migrations that were applied to this schema';
        COMMENT ON COLUMN schema_migration.hash IS 'SHA-256 of the text, so that an edited migration is noticed';
        """
    private static let lock = "SELECT pg_advisory_lock($1)"
    private static let hashes = """
        SELECT sha256(convert_to(text, 'UTF8')) FROM unnest($1::text[]) WITH ORDINALITY AS t (text, place)
        ORDER BY place
        """
    /// About one row per release, so that no limit is needed.
    private static let applied = "SELECT number, hash FROM schema_migration ORDER BY number"
    private static let record = "INSERT INTO schema_migration (number, name, hash) VALUES ($1, $2, $3)"
    private static let tables = """
        SELECT c.relname FROM pg_class c
        WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') ORDER BY 1
        """
    private static let schema = "SELECT current_schema()"

    /// Applies the missing migrations, each in its own transaction, under a lock, so that two processes that start
    /// together apply each once.
    ///
    /// A database with higher numbers is accepted: a newer release runs beside this one. A changed migration, or a
    /// missing one below an applied one of the same hundred, is refused. Where a `role` is named it may then read and
    /// write the tables, but only read and insert into those of `appendOnly`, and only read `schema_migration`.
    package static func apply(
        _ list: [Migration], to address: DatabaseAddress, grantTo role: String? = nil, appendOnly: Set<String> = []
    ) async throws(DatabaseError) {
        guard zip(list, list.dropFirst()).allSatisfy({ $0.number < $1.number }) else {
            throw .misuse("the migrations are not in the order of their numbers")
        }
        let connection = try await Connection.open(address, name: "migrations", limits: .migration)
        do throws(DatabaseError) {
            // The session's end frees the lock.
            _ = try await connection.run(Statement(lock, [.int8(lockNumber)]))
            try await connection.execute(script: table)
            try await applyMissing(list, connection)
            if let role { try await grant(role, appendOnly, connection) }
        } catch {
            await connection.close()
            throw error
        }
        await connection.close()
    }

    private static func applyMissing(_ list: [Migration], _ connection: Connection) async throws(DatabaseError) {
        let results = try await connection.run([Statement(applied), Statement(hashes, [.texts(list.map(\.sql))])])
        var known: [Int64: [UInt8]] = [:]
        for row in results[0] { known[try row.int64(0)] = try row.bytes(1) }
        for (migration, row) in zip(list, results[1]) {
            let hash = try row.bytes(0)
            let number = Int64(migration.number)
            if let before = known[number] {
                guard before == hash else { throw .misuse("migration \(number) was changed after it was applied") }
            } else {
                // The numbers form series of a hundred: one of the shared migrations, one of the service's own.
                let highest = known.keys.filter { $0 / Self.series == number / Self.series }.max() ?? 0
                guard number > highest else { throw .misuse("migration \(number) is missing below \(highest)") }
                try await apply(migration, hash: hash, connection)
            }
        }
    }

    private static func apply(
        _ migration: Migration, hash: [UInt8], _ connection: Connection
    ) async throws(DatabaseError) {
        do throws(DatabaseError) {
            _ = try await connection.run(Statement("BEGIN"))
            try await connection.execute(script: migration.sql)
            guard connection.transactionStatus == .open else { throw .misuse("it ended its transaction") }
            _ = try await connection.run([
                Statement(record, [.int8(Int64(migration.number)), .text(migration.name), .bytes(hash)]),
                Statement("COMMIT"),
            ])
        } catch {
            var error = error
            error.reason = "migration \(migration.number)" + (error.reason.isEmpty ? "" : ": \(error.reason)")
            throw error
        }
    }

    private static func grant(
        _ role: String, _ appendOnly: Set<String>, _ connection: Connection
    ) async throws(DatabaseError) {
        let results = try await connection.run([Statement(schema), Statement(tables)])
        guard let schemaName = try results[0].first?.text(0) else { throw .misuse("there is no schema") }
        let role = quoted(role), schema = quoted(schemaName)
        var script = "BEGIN; GRANT USAGE ON SCHEMA \(schema) TO \(role);"
        script += "GRANT USAGE ON ALL SEQUENCES IN SCHEMA \(schema) TO \(role);"
        for row in results[1] {
            let name = try row.text(0)
            let rights =
                if name == "schema_migration" {
                    "SELECT"
                } else if appendOnly.contains(name) {
                    "SELECT, INSERT"
                } else {
                    "SELECT, INSERT, UPDATE, DELETE"
                }
            let table = "\(schema).\(quoted(name))"
            script += "REVOKE ALL ON TABLE \(table) FROM \(role); GRANT \(rights) ON TABLE \(table) TO \(role);"
        }
        try await connection.execute(script: script + "COMMIT;")
    }

    private static func quoted(_ name: String) -> String {
        "\"" + name.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }
}
