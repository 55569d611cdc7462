import Foundation
import PostgreSQL
import Synchronization
import TestSupport
import Testing

@Suite(.database, .timeLimit(.minutes(10))) struct PoolTests {
    @Test("callers beyond the size wait, and all are served") func waiting() async throws {
        let pool = try Pool(TestDatabase.address(), name: "test", size: 3)
        let processes = try await withThrowingTaskGroup(of: Int64.self) { group in
            for _ in 0..<200 {
                group.addTask { try await pool.run([Statement("SELECT pg_backend_pid()")])[0][0].int64(0) }
            }
            return try await group.reduce(into: Set<Int64>()) { $0.insert($1) }
        }
        #expect((1...3).contains(processes.count))
        #expect(pool.usage.open == processes.count)
        #expect(pool.usage.idle == processes.count)
        #expect(pool.usage.waiting == 0)
        await pool.close()
        #expect(pool.usage.open == 0)
    }

    @Test("who waits is served in the order of coming") func fairness() async throws {
        let pool = try Pool(TestDatabase.address(), name: "test", size: 1)
        let order = Order()
        var callers: [Task<Void, any Error>] = []
        try await pool.withConnection { _ in
            for number in 0..<10 {
                let caller = Task {
                    try await pool.withConnection { _ in order.numbers.withLock { $0.append(number) } }
                }
                callers.append(caller)
                try await TestDatabase.until { pool.usage.waiting == number + 1 }
            }
        }
        for caller in callers { try await caller.value }
        #expect(order.numbers.withLock { $0 } == Array(0..<10))
        await pool.close()
    }

    @Test("a connection that the server ended is replaced unnoticed") func replaced() async throws {
        let pool = try Pool(TestDatabase.address(), name: "test", size: 1)
        let process = try await pool.run([Statement("SELECT pg_backend_pid()")])[0][0].int64(0)
        let killer = try await TestDatabase.connection()
        _ = try await killer.run(Statement("SELECT pg_terminate_backend($1, 5000)", [.int4(Int32(process))]))
        let next = try await pool.run([Statement("SELECT pg_backend_pid()")])[0][0].int64(0)
        #expect(next != process)
        #expect(pool.usage.open == 1)
        await killer.close()
        await pool.close()
    }

    @Test("a connection lost in use gives a retriable error, and the pool recovers") func recovers() async throws {
        let pool = try Pool(TestDatabase.address(), name: "test", size: 1)
        let error = try await databaseError {
            _ = try await pool.run([Statement("SELECT pg_terminate_backend(pg_backend_pid())")])
        }
        #expect(error.kind == .lost)
        #expect(error.isRetriable)
        #expect(try await pool.run([Statement("SELECT 1::int8")])[0][0].int64(0) == 1)
        #expect(pool.usage.open == 1)
        await pool.close()
    }

    @Test("a transaction left open does not reach the next caller") func leftOpen() async throws {
        let pool = try Pool(TestDatabase.address(), name: "test", size: 1)
        _ = try await pool.run([Statement("BEGIN")])
        _ = try await databaseError { _ = try await pool.run([Statement("BEGIN"), Statement("SELECT 1 / 0")]) }
        try await pool.withConnection { connection in #expect(connection.transactionStatus == .idle) }
        await pool.close()
    }

    @Test("a cancelled caller leaves the line") func cancelled() async throws {
        let pool = try Pool(TestDatabase.address(), name: "test", size: 1)
        try await pool.withConnection { _ in
            let waiting = Task { try await databaseError { _ = try await pool.run([Statement("SELECT 1")]) } }
            try await TestDatabase.until { pool.usage.waiting == 1 }
            waiting.cancel()
            #expect(try await waiting.value.kind == .cancelled)
            #expect(pool.usage.waiting == 0)
        }
        await pool.close()
    }

    @Test("an unreachable database is told to each caller and leaves no place taken") func unreachable() async throws {
        let pool = Pool(try DatabaseAddress(url: "postgresql://u@127.0.0.1:1/d"), name: "test", size: 1)
        for _ in 0..<3 {
            let error = try await databaseError { _ = try await pool.run([Statement("SELECT 1")]) }
            #expect(error.kind == .unreachable)
        }
        #expect(pool.usage.open == 0)
        await pool.close()
    }

    @Test("a closed pool refuses who waits and who comes") func closed() async throws {
        let pool = try Pool(TestDatabase.address(), name: "test", size: 1)
        try await pool.withConnection { _ in
            let waiting = Task { try await databaseError { _ = try await pool.run([Statement("SELECT 1")]) } }
            try await TestDatabase.until { pool.usage.waiting == 1 }
            await pool.close()
            #expect(try await waiting.value.kind == .misuse)
        }
        #expect(pool.usage.open == 0)
        let error = try await databaseError { _ = try await pool.run([Statement("SELECT 1")]) }
        #expect(error.kind == .misuse)
    }
}

/// The order in which callers were served.
private final class Order: Sendable {
    let numbers = Mutex<[Int]>([])
}
