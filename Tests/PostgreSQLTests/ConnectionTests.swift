import Foundation
import PostgreSQL
import TestSupport
import Testing

@Suite(.database, .timeLimit(.minutes(10))) struct ConnectionTests {
    @Test("5,000 statements with large results and large parameters do not deadlock") func noDeadlock() async throws {
        let connection = try await TestDatabase.connection()
        let text = String(repeating: "x", count: 10_000)
        let results = try await connection.run(
            (0..<5_000).map { Statement("SELECT $1 || $2", [.text(text), .text("\($0)")]) })
        #expect(results.count == 5_000)
        #expect(try results[4_999][0].text(0) == text + "4999")
        await connection.close()
    }

    @Test("a failing statement early among thousands neither hangs nor hides its index") func earlyFailure()
        async throws
    {
        let connection = try await TestDatabase.connection()
        let text = String(repeating: "x", count: 10_000)
        let error = try await databaseError {
            _ = try await connection.run(
                (0..<3_000).map { Statement("SELECT length($1) / $2", [.text(text), .int8($0 == 3 ? 0 : 1)]) })
        }
        #expect(error.sqlState == "22012")
        #expect(error.statementIndex == 3)
        #expect(try await connection.run(Statement("SELECT 1::int8"))[0].int64(0) == 1)
        await connection.close()
    }

    @Test("an error aborts the rest, names its statement, and the connection goes on") func errorInTheMiddle()
        async throws
    {
        try await TestDatabase.withSchema { address, _ in
            let connection = try await Connection.open(address, name: "test")
            try await connection.execute(script: "CREATE TABLE t (n int8 CONSTRAINT t_n_positive CHECK (n > 0))")
            let insert = "INSERT INTO t VALUES ($1)"
            let error = try await databaseError {
                _ = try await connection.run([
                    Statement(insert, [.int8(1)]), Statement(insert, [.int8(-1)]), Statement(insert, [.int8(2)]),
                ])
            }
            #expect(error.kind == .refused)
            #expect(error.sqlState == "23514")
            #expect(error.statementIndex == 1)
            #expect(error.constraint == "t_n_positive")
            #expect(!error.isRetriable)
            #expect(connection.isOpen)
            #expect(connection.transactionStatus == .idle)
            let rows = try await connection.run(Statement("SELECT count(*) FROM t"))
            #expect(try rows[0].int64(0) == 0)
            #expect(try await connection.run(Statement(insert, [.int8(3)])).affected == 1)
            await connection.close()
        }
    }

    @Test("a transaction may span two calls") func twoCalls() async throws {
        try await TestDatabase.withSchema { address, _ in
            let connection = try await Connection.open(address, name: "test")
            try await connection.execute(script: "CREATE TABLE t (n int8)")
            let first = try await connection.run([Statement("BEGIN"), Statement("SELECT count(*) FROM t")])
            #expect(try first[1][0].int64(0) == 0)
            #expect(connection.transactionStatus == .open)
            let second = try await connection.run([Statement("INSERT INTO t VALUES (1)"), Statement("COMMIT")])
            #expect(second[1].tag == "COMMIT")
            #expect(connection.transactionStatus == .idle)
            let other = try await Connection.open(address, name: "test")
            #expect(try await other.run(Statement("SELECT count(*) FROM t"))[0].int64(0) == 1)
            await other.close()
            await connection.close()
        }
    }

    @Test("a COMMIT that is answered with ROLLBACK is an error") func commitAnsweredWithRollback() async throws {
        let connection = try await TestDatabase.connection()
        let first = try await databaseError {
            _ = try await connection.run([Statement("BEGIN"), Statement("SELECT 1 / 0"), Statement("COMMIT")])
        }
        #expect(first.statementIndex == 1)
        #expect(connection.transactionStatus == .failed)
        let second = try await databaseError { _ = try await connection.run(Statement("COMMIT")) }
        #expect(second.sqlState == "25P02")
        #expect(second.statementIndex == 0)
        #expect(connection.transactionStatus == .idle)
        await connection.close()
    }

    @Test("an error that the server tells only at the end is told, and the connection goes on") func errorAtTheEnd()
        async throws
    {
        let connection = try await TestDatabase.connection()
        _ = try await connection.run(
            Statement("CREATE TEMPORARY TABLE late (id int8 UNIQUE DEFERRABLE INITIALLY DEFERRED)"))
        let error = try await databaseError {
            _ = try await connection.run([
                Statement("INSERT INTO late VALUES (1), (1)"), Statement("SELECT count(*) FROM late"),
            ])
        }
        #expect(error.kind == .refused)
        #expect(error.sqlState == "23505")
        #expect(error.statementIndex == nil)
        #expect(try await connection.run(Statement("SELECT count(*) FROM late"))[0].int64(0) == 0)
        await connection.close()
    }

    @Test("rollbackIfOpen ends a failed transaction") func rollback() async throws {
        let connection = try await TestDatabase.connection()
        _ = try await databaseError { _ = try await connection.run([Statement("BEGIN"), Statement("SELECT 1 / 0")]) }
        try await connection.rollbackIfOpen()
        #expect(connection.transactionStatus == .idle)
        try await connection.rollbackIfOpen()
        #expect(try await connection.run([Statement(" rollback")]).count == 1)
        await connection.close()
    }

    @Test("a text is prepared once, also after an error and after a rollback") func preparedOnce() async throws {
        let connection = try await TestDatabase.connection()
        let statement = Statement("SELECT 10 / $1", [.int8(0)])
        for _ in 0..<3 {
            _ = try await databaseError { _ = try await connection.run([Statement("BEGIN"), statement]) }
            try await connection.rollbackIfOpen()
        }
        let rows = try await connection.run([
            Statement("SELECT 10 / $1", [.int8(5)]), Statement("SELECT 10 / $1", [.int8(2)]),
            Statement("SELECT count(*) FROM pg_prepared_statements WHERE statement = $1", [.text("SELECT 10 / $1")]),
        ])
        #expect(try rows.map { try $0[0].int64(0) } == [2, 5, 1])
        await connection.close()
    }

    @Test("a statement that cannot be prepared is prepared again when it can") func preparedLater() async throws {
        try await TestDatabase.withSchema { address, _ in
            let connection = try await Connection.open(address, name: "test")
            let error = try await databaseError {
                _ = try await connection.run([Statement("SELECT 1"), Statement("SELECT n FROM t")])
            }
            #expect(error.sqlState == "42P01")
            #expect(error.statementIndex == 1)
            try await connection.execute(script: "CREATE TABLE t (n int8); INSERT INTO t VALUES (4)")
            #expect(try await connection.run(Statement("SELECT n FROM t"))[0].int64(0) == 4)
            await connection.close()
        }
    }

    @Test("a changed result type makes a retriable error, then the statement works") func stalePlan() async throws {
        try await TestDatabase.withSchema { address, _ in
            let connection = try await Connection.open(address, name: "test")
            try await connection.execute(script: "CREATE TABLE t (n int4); INSERT INTO t VALUES (4)")
            let statement = Statement("SELECT n FROM t")
            _ = try await connection.run(statement)
            try await connection.execute(script: "ALTER TABLE t ALTER n TYPE int8")
            let error = try await databaseError { _ = try await connection.run(statement) }
            #expect(error.isRetriable)
            #expect(try await connection.run(statement)[0].int64(0) == 4)
            await connection.close()
        }
    }

    @Test("other parameter types under the same text are refused before anything is sent") func changedTypes()
        async throws
    {
        let connection = try await TestDatabase.connection()
        _ = try await connection.run(Statement("SELECT $1", [.int8(1)]))
        let error = try await databaseError { _ = try await connection.run(Statement("SELECT $1", [.text("1")])) }
        #expect(error.kind == .misuse)
        #expect(connection.isOpen)
        await connection.close()
    }

    @Test("concurrent callers on one connection follow one another whole") func serialised() async throws {
        let connection = try await TestDatabase.connection()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<100 {
                group.addTask {
                    let results = try await connection.run([
                        Statement("BEGIN"),
                        Statement("SELECT set_config('test.number', $1, true)", [.text("\(number)")]),
                        Statement("SELECT current_setting('test.number')"), Statement("COMMIT"),
                    ])
                    #expect(try results[2][0].text(0) == "\(number)")
                }
            }
            try await group.waitForAll()
        }
        await connection.close()
    }

    @Test("a script reports where it fails, and its transaction leaves nothing") func script() async throws {
        try await TestDatabase.withSchema { address, _ in
            let connection = try await Connection.open(address, name: "test")
            let error = try await databaseError {
                try await connection.execute(script: "CREATE TABLE t (n int8); SELECT wrong FROM t")
            }
            #expect(error.sqlState == "42703")
            #expect(error.position == 33)
            let rows = try await connection.run(Statement("SELECT to_regclass('t') IS NULL"))
            #expect(try rows[0].bool(0))
            await connection.close()
        }
    }

    @Test("a look-up that was first made in a small table uses the index when the table is large") func plans()
        async throws
    {
        try await TestDatabase.withSchema { address, schema in
            let connection = try await Connection.open(address, name: "test")
            try await connection.execute(
                script: """
                    CREATE TABLE t (n int8 PRIMARY KEY) WITH (autovacuum_enabled = false);
                    INSERT INTO t VALUES (-1); ANALYZE t
                    """)
            let lookup = Statement("SELECT n FROM t WHERE n = ANY ($1::int8[])", [.int8s(Array(0..<100))])
            for _ in 0..<10 { _ = try await connection.run(lookup) }
            _ = try await connection.run(Statement("INSERT INTO t SELECT generate_series(0, 99999)"))
            let scans = Statement(
                """
                SELECT seq_scan, idx_scan FROM pg_stat_xact_user_tables WHERE schemaname = $1 AND relname = 't'
                """, [.text(schema)])
            let results = try await connection.run([Statement("BEGIN"), scans, lookup, scans, Statement("COMMIT")])
            #expect(results[2].count == 100)
            #expect(try results[3][0].int64(0) == results[1][0].int64(0))
            #expect(try results[3][0].int64(1) > results[1][0].int64(1))
            await connection.close()
        }
    }

    @Test("after close nothing runs") func closed() async throws {
        let connection = try await TestDatabase.connection()
        await connection.close()
        #expect(!connection.isOpen)
        let error = try await databaseError { _ = try await connection.run(Statement("SELECT 1")) }
        #expect(error.kind == .lost)
    }
}
