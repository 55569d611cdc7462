import Foundation
import PostgreSQL
import TestSupport
import Testing

@Suite(.database, .timeLimit(.minutes(10))) struct FailureTests {
    private static func serverProcess(_ connection: Connection) async throws -> Int64 {
        try await connection.run(Statement("SELECT pg_backend_pid()"))[0].int64(0)
    }

    private static func waitForEnd(of process: Int64, _ connection: Connection) async throws {
        try await TestDatabase.until {
            let rows = try await connection.run(
                Statement("SELECT count(*) FROM pg_stat_activity WHERE pid = $1", [.int8(process)]))
            return try rows[0].int64(0) == 0
        }
    }

    private static func terminate(_ process: Int64) async throws {
        let killer = try await TestDatabase.connection()
        _ = try await killer.run(Statement("SELECT pg_terminate_backend($1)", [.int4(Int32(process))]))
        try await waitForEnd(of: process, killer)
        await killer.close()
    }

    @Test("a connection ended by the server while idle is lost, with the server's reason, and retriable")
    func terminatedIdle() async throws {
        let connection = try await TestDatabase.connection()
        try await Self.terminate(Self.serverProcess(connection))
        let error = try await databaseError { _ = try await connection.run(Statement("SELECT 1")) }
        #expect(error.kind == .lost)
        #expect(error.sqlState == "57P01")
        #expect(error.isRetriable)
        #expect(!connection.isOpen)
    }

    @Test("a connection ended by the server in a statement is lost and retriable") func terminatedBusy() async throws {
        let connection = try await TestDatabase.connection()
        let process = try await Self.serverProcess(connection)
        async let running = databaseError {
            _ = try await connection.run([Statement("SELECT 1"), Statement("SELECT pg_sleep(9)")])
        }
        let watcher = try await TestDatabase.connection()
        try await TestDatabase.until {
            let rows = try await watcher.run(
                Statement(
                    "SELECT count(*) FROM pg_stat_activity WHERE pid = $1 AND wait_event = 'PgSleep'", [.int8(process)]
                ))
            return try rows[0].int64(0) == 1
        }
        try await Self.terminate(process)
        let error = try await running
        #expect(error.kind == .lost)
        #expect(error.sqlState == "57P01")
        #expect(error.isRetriable)
        await watcher.close()
    }

    @Test("a statement beyond its time ends, and the connection goes on") func statementTimeout() async throws {
        let limits = ConnectionLimits(
            statement: .milliseconds(100), lock: .seconds(2), idleInTransaction: .seconds(5))
        let connection = try await TestDatabase.connection(limits: limits)
        let error = try await databaseError { _ = try await connection.run(Statement("SELECT pg_sleep(30)")) }
        #expect(error.kind == .timedOut)
        #expect(error.sqlState == "57014")
        #expect(error.isRetriable)
        #expect(try await connection.run(Statement("SELECT 1::int8"))[0].int64(0) == 1)
        await connection.close()
    }

    @Test("a lock is waited for no longer than the limit") func lockTimeout() async throws {
        try await TestDatabase.withSchema { address, _ in
            let holder = try await Connection.open(address, name: "test")
            try await holder.execute(script: "CREATE TABLE t (n int8)")
            _ = try await holder.run([Statement("BEGIN"), Statement("LOCK TABLE t")])
            let limits = ConnectionLimits(
                statement: .seconds(10), lock: .milliseconds(50), idleInTransaction: .seconds(5))
            let other = try await Connection.open(address, name: "test", limits: limits)
            let error = try await databaseError { _ = try await other.run(Statement("SELECT * FROM t")) }
            #expect(error.sqlState == "55P03")
            #expect(error.isRetriable)
            await other.close()
            await holder.close()
        }
    }

    @Test("an idle transaction is ended by the server") func idleInTransaction() async throws {
        let limits = ConnectionLimits(
            statement: .seconds(10), lock: .seconds(2), idleInTransaction: .milliseconds(100))
        let connection = try await TestDatabase.connection(limits: limits)
        let process = try await Self.serverProcess(connection)
        _ = try await connection.run(Statement("BEGIN"))
        let watcher = try await TestDatabase.connection()
        try await Self.waitForEnd(of: process, watcher)
        let error = try await databaseError { _ = try await connection.run(Statement("COMMIT")) }
        #expect(error.kind == .lost)
        #expect(error.sqlState == "25P03")
        #expect(error.isRetriable)
        await watcher.close()
    }

    @Test("the limits of a service stand on the connection") func serviceLimits() async throws {
        let connection = try await TestDatabase.connection()
        let rows = try await connection.run(
            Statement(
                """
                SELECT current_setting('statement_timeout'), current_setting('lock_timeout'),
                current_setting('idle_in_transaction_session_timeout'), current_setting('application_name')
                """))
        #expect(try (0..<4).map { try rows[0].text($0) } == ["10s", "2s", "5s", "test"])
        await connection.close()
    }

    @Test("nobody listening is unreachable and retriable") func unreachable() async throws {
        let address = try DatabaseAddress(url: "postgresql://u:sesame@127.0.0.1:1/d")
        let error = try await databaseError { _ = try await Connection.open(address, name: "test") }
        #expect(error.kind == .unreachable)
        #expect(error.isRetriable)
        #expect(!String(describing: error).contains("sesame"))
    }

    @Test("neither password nor value stands in an error or an address") func nothingLeaks() async throws {
        let password = "sesame-open"
        let url = try #require(URLComponents(string: TestDatabase.changedURL()))
        var wrong = url
        wrong.password = password
        let address = try DatabaseAddress(url: #require(wrong.string))
        let refused = try await databaseError { _ = try await Connection.open(address, name: "test") }
        var texts = [String(describing: refused), String(reflecting: refused), String(describing: address)]
        texts.append(String(reflecting: address))
        dump(address, to: &texts[3])
        let invalid = try await databaseError { _ = try DatabaseAddress(url: "postgresql://u:\(password)@h:p:x?y=z") }
        texts.append(String(describing: invalid))
        for text in texts { #expect(!text.contains(password)) }
        #expect(refused.kind == .unreachable)

        let connection = try await TestDatabase.connection()
        let value = "anna@example.org"
        for statement in [
            Statement("SELECT $1::int8", [.text(value)]), Statement("SELECT $1::jsonb", [.text(value)]),
            Statement("SELECT $1::uuid", [.text(value)]),
        ] {
            let error = try await databaseError { _ = try await connection.run(statement) }
            var text = String(describing: error) + String(reflecting: error)
            dump(error, to: &text)
            #expect(!text.contains("anna"))
        }
        await connection.close()
    }

    @Test("a unique violation names the constraint and not the key") func uniqueViolation() async throws {
        try await TestDatabase.withSchema { address, _ in
            let connection = try await Connection.open(address, name: "test")
            try await connection.execute(script: "CREATE TABLE t (address text CONSTRAINT t_address_key UNIQUE)")
            let insert = Statement("INSERT INTO t VALUES ($1)", [.text("anna@example.org")])
            let error = try await databaseError { _ = try await connection.run([insert, insert]) }
            #expect(error.sqlState == "23505")
            #expect(error.constraint == "t_address_key")
            #expect(error.table == "t")
            #expect(!String(reflecting: error).contains("anna"))
            await connection.close()
        }
    }
}
