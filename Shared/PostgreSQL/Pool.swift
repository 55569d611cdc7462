import Synchronization

/// A pool of connections to one database: opened on demand, lent to one caller at a time, in the order of the calls.
package final class Pool: Sendable {
    /// How long a caller waits for a connection; longer means that the pool is too small or the database too slow.
    private static let maximumWait = Duration.seconds(10)
    /// The back-off between attempts to connect while the database is unreachable.
    private static let firstPause = Duration.milliseconds(100), longestPause = Duration.seconds(5)

    private enum Grant: Sendable {
        case connection(Connection)
        /// The right to open a connection.
        case place
    }

    private struct Waiter {
        let id: Int
        let deadline: ContinuousClock.Instant
        let continuation: CheckedContinuation<Result<Grant, DatabaseError>, Never>
    }

    private struct State {
        var idle: [Connection] = []
        /// The number of connections that are idle, lent or being opened.
        var placesTaken = 0
        var waiting: [Waiter] = []
        var isWaitLimited = false
        var lastWaiterID = 0
        var pause = Duration.zero
        var nextAttempt = ContinuousClock.now
        var isClosed = false
    }

    private let address: DatabaseAddress
    private let name: String
    private let size: Int
    private let limits: ConnectionLimits
    private let state = Mutex(State())

    /// Makes a pool of at most `size` connections; none is opened yet.
    package init(_ address: DatabaseAddress, name: String, size: Int, limits: ConnectionLimits = .service) {
        precondition(size > 0, "a pool needs a connection")
        self.address = address
        self.name = name
        self.size = size
        self.limits = limits
    }

    /// How many connections are open or being opened, how many of these are idle, and how many callers wait.
    package var usage: (open: Int, idle: Int, waiting: Int) {
        state.withLock { ($0.placesTaken, $0.idle.count, $0.waiting.count) }
    }

    /// Runs a pipeline on any connection; see `Connection.run`. A transaction left open is rolled back.
    package func run(_ statements: [Statement]) async throws(DatabaseError) -> [Rows] {
        let connection = try await acquire()
        do throws(DatabaseError) {
            let results = try await connection.run(statements)
            await release(connection)
            return results
        } catch {
            await release(connection)
            throw error
        }
    }

    /// Lends a connection for the time of `body`. A transaction left open is rolled back; other settings stay.
    package func withConnection<Value: Sendable>(
        isolation: isolated (any Actor)? = #isolation, _ body: (Connection) async throws -> Value
    ) async throws -> Value {
        let connection = try await acquire()
        do {
            let value = try await body(connection)
            await release(connection)
            return value
        } catch {
            await release(connection)
            throw error
        }
    }

    /// Closes the idle connections now and each lent one when it comes back; waiting callers get an error.
    package func close() async {
        let (idle, waiting) = state.withLock { state in
            state.isClosed = true
            defer {
                state.placesTaken -= state.idle.count
                state.idle = []
                state.waiting = []
            }
            return (state.idle, state.waiting)
        }
        for waiter in waiting { waiter.continuation.resume(returning: .failure(Self.closed)) }
        for connection in idle { await connection.close() }
    }

    private static var closed: DatabaseError { .misuse("the pool is closed") }

    private func acquire() async throws(DatabaseError) -> Connection {
        while true {
            switch try await grant().get() {
            case .place: return try await open()
            case .connection(let connection):
                do throws(DatabaseError) {
                    try await connection.checkAlive()
                    return connection
                } catch {
                    // The server ended the connection while it was idle: the next grant replaces it.
                    await release(connection)
                }
            }
        }
    }

    /// Returns an idle connection or a free place; waits for the first one where there is none.
    private func grant() async -> Result<Grant, DatabaseError> {
        let id = state.withLock { state in
            state.lastWaiterID += 1
            return state.lastWaiterID
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let grant: Result<Grant, DatabaseError>? = state.withLock { state in
                    if state.isClosed { return .failure(Self.closed) }
                    // Checked under the lock: a later cancellation finds the waiter in the list.
                    if Task.isCancelled { return .failure(DatabaseError(.cancelled)) }
                    if let connection = state.idle.popLast() { return .success(.connection(connection)) }
                    if state.placesTaken < size {
                        state.placesTaken += 1
                        return .success(.place)
                    }
                    state.waiting.append(
                        Waiter(id: id, deadline: .now + Self.maximumWait, continuation: continuation))
                    return nil
                }
                if let grant { continuation.resume(returning: grant) } else { limitWaits() }
            }
        } onCancel: {
            dismiss(id, DatabaseError(.cancelled))
        }
    }

    /// Fails callers that have waited too long; one task serves all of them, and ends when there are none.
    private func limitWaits() {
        let isRunning = state.withLock { state in
            defer { state.isWaitLimited = true }
            return state.isWaitLimited
        }
        if isRunning { return }
        Task {
            while let waiter = firstWaiter() {
                try await Task.sleep(until: waiter.deadline, clock: .continuous)
                dismiss(waiter.id, DatabaseError(.timedOut, reason: "no connection of the pool was free in time"))
            }
        }
    }

    private func firstWaiter() -> (id: Int, deadline: ContinuousClock.Instant)? {
        state.withLock { state in
            state.isWaitLimited = !state.waiting.isEmpty
            return state.waiting.first.map { ($0.id, $0.deadline) }
        }
    }

    private func dismiss(_ id: Int, _ error: DatabaseError) {
        let waiter: Waiter? = state.withLock { state in
            state.waiting.firstIndex { $0.id == id }.map { state.waiting.remove(at: $0) }
        }
        waiter?.continuation.resume(returning: .failure(error))
    }

    /// Opens a connection in a granted place, with a back-off while the database is unreachable.
    private func open() async throws(DatabaseError) -> Connection {
        let nextAttempt = state.withLock { $0.nextAttempt }
        do {
            try await Task.sleep(until: nextAttempt, clock: .continuous)
        } catch {
            passOn(.place)
            throw DatabaseError(.cancelled)
        }
        do throws(DatabaseError) {
            let connection = try await Connection.open(address, name: name, limits: limits)
            state.withLock { $0.pause = .zero }
            return connection
        } catch {
            state.withLock { state in
                state.pause = min(max(state.pause * 2, Self.firstPause), Self.longestPause)
                // Jitter, so that many processes do not reconnect at one moment.
                state.nextAttempt = .now + state.pause * Double.random(in: 0.5...1)
            }
            passOn(.place)
            throw error
        }
    }

    /// Takes a connection back; a broken one leaves its place to the next caller.
    private func release(_ connection: Connection) async {
        if connection.transactionStatus == .open || connection.transactionStatus == .failed {
            // A connection that cannot even roll back is closed by that failure or here; the server rolls back.
            do { try await connection.rollbackIfOpen() } catch { await connection.close() }
        }
        if state.withLock({ $0.isClosed }) { await connection.close() }
        passOn(connection.isOpen ? .connection(connection) : .place)
    }

    private func passOn(_ grant: Grant) {
        let waiter: CheckedContinuation<Result<Grant, DatabaseError>, Never>? = state.withLock { state in
            if !state.waiting.isEmpty { return state.waiting.removeFirst().continuation }
            switch grant {
            case .connection(let connection) where !state.isClosed: state.idle.append(connection)
            case .connection, .place: state.placesTaken -= 1
            }
            return nil
        }
        waiter?.resume(returning: .success(grant))
    }
}
