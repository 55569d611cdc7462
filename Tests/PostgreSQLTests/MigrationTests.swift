import Foundation
import PostgreSQL
import TestSupport
import Testing

@Suite(.database, .timeLimit(.minutes(10))) struct MigrationTests {
    private static let list = [
        Migration(1, "contact", Array("CREATE TABLE contact (id uuid); CREATE TABLE ledger (n int8)".utf8)),
        Migration(2, "name", Array("ALTER TABLE contact ADD COLUMN name text".utf8)),
    ]

    private static func applied(_ address: DatabaseAddress) async throws -> [Int64] {
        let connection = try await Connection.open(address, name: "test")
        let rows = try await connection.run(Statement("SELECT number FROM schema_migration ORDER BY number"))
        await connection.close()
        return try rows.map { try $0.int64(0) }
    }

    @Test("migrations are applied once, and later ones added") func twice() async throws {
        try await TestDatabase.withSchema { address, _ in
            try await Migrations.apply(Array(Self.list.prefix(1)), to: address)
            #expect(try await Self.applied(address) == [1])
            try await Migrations.apply(Self.list, to: address)
            try await Migrations.apply(Self.list, to: address)
            #expect(try await Self.applied(address) == [1, 2])
        }
    }

    @Test("two that start together apply each once") func concurrently() async throws {
        try await TestDatabase.withSchema { address, _ in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<4 { group.addTask { try await Migrations.apply(Self.list, to: address) } }
                try await group.waitForAll()
            }
            #expect(try await Self.applied(address) == [1, 2])
        }
    }

    @Test("a changed migration is refused") func changed() async throws {
        try await TestDatabase.withSchema { address, _ in
            try await Migrations.apply(Self.list, to: address)
            let edited = [Migration(1, "contact", Array("CREATE TABLE contact (id int8)".utf8)), Self.list[1]]
            let error = try await databaseError { try await Migrations.apply(edited, to: address) }
            #expect(error.kind == .misuse)
            #expect(error.reason.contains("migration 1"))
        }
    }

    @Test("a database that is ahead is accepted") func ahead() async throws {
        try await TestDatabase.withSchema { address, _ in
            try await Migrations.apply(Self.list, to: address)
            try await Migrations.apply(Array(Self.list.prefix(1)), to: address)
            #expect(try await Self.applied(address) == [1, 2])
        }
    }

    @Test("a migration missing below an applied one, or a disorder, is refused") func gaps() async throws {
        try await TestDatabase.withSchema { address, _ in
            try await Migrations.apply(
                Array(Self.list.suffix(1)).map {
                    Migration($0.number, $0.name, Array("CREATE TABLE t (n int8)".utf8))
                }, to: address)
            let missing = try await databaseError {
                try await Migrations.apply(Array(Self.list.prefix(1)), to: address)
            }
            #expect(missing.kind == .misuse)
            let disorder = try await databaseError { try await Migrations.apply(Self.list.reversed(), to: address) }
            #expect(disorder.kind == .misuse)
        }
    }

    @Test("a failing migration leaves nothing of itself and keeps those before") func failing() async throws {
        try await TestDatabase.withSchema { address, _ in
            let list = Self.list + [Migration(3, "bad", Array("CREATE TABLE x (n int8); SELECT nothing".utf8))]
            let error = try await databaseError { try await Migrations.apply(list, to: address) }
            #expect(error.sqlState == "42703")
            #expect(error.reason == "migration 3")
            #expect(try await Self.applied(address) == [1, 2])
            let connection = try await Connection.open(address, name: "test")
            #expect(try await connection.run(Statement("SELECT to_regclass('x') IS NULL"))[0].bool(0))
            await connection.close()
        }
    }

    @Test("the service's role may write tables, only append to the append-only, only read the migrations")
    func grants() async throws {
        try await TestDatabase.withSchema { address, schema in
            let role = "\(schema)_role"
            let connection = try await Connection.open(address, name: "test")
            try await connection.execute(script: "CREATE ROLE \(role)")
            for _ in 0..<2 {
                try await Migrations.apply(Self.list, to: address, grantTo: role, appendOnly: ["ledger"])
            }
            let rows = try await connection.run(
                Statement(
                    """
                    SELECT t || ':' || p FROM unnest(ARRAY['contact', 'ledger', 'schema_migration']) AS t,
                    unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) AS p
                    WHERE has_table_privilege($1, t, p)
                    """, [.text(role)]))
            let expected: Set<String> = [
                "contact:SELECT", "contact:INSERT", "contact:UPDATE", "contact:DELETE", "ledger:SELECT",
                "ledger:INSERT", "schema_migration:SELECT",
            ]
            #expect(try Set(rows.map { try $0.text(0) }) == expected)
            try await connection.execute(script: "DROP OWNED BY \(role); DROP ROLE \(role)")
            await connection.close()
        }
    }
}
