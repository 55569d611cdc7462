import Synchronization

/// A connection's status, which every thread may read.
final class ConnectionStatus: Sendable {
    private let status = Mutex(TransactionStatus.unknown)

    var value: TransactionStatus {
        get { status.withLock { $0 } }
        set { status.withLock { $0 = newValue } }
    }
}

/// The only user of a `Handle`, on a thread of its own. Its calls do not suspend, so they run one after another.
actor Session {
    /// A statement's text is a constant; a program that makes new ones all the time would fill the server's memory.
    private static let maximumPreparedStatements = 1000
    /// Bounds the results that one call may hold.
    private static let maximumStatements = 10_000
    /// PostgreSQL's own limit is 1 GiB; a batch of 300 messages stays far below this.
    private static let maximumParameterByteCount = 256 << 20
    /// The protocol counts parameters in 16 bits.
    private static let maximumParameters = 65_535
    /// After so many bytes sent, the results received are read, so that neither side's buffer fills up.
    private static let sendWindowByteCount = 64 << 10
    /// The wait for a sign of the server, beyond the statement's timeout.
    private static let silenceMargin = Duration.seconds(5)

    private struct Prepared {
        let name: String
        let types: [TypeOID]
    }

    private struct Plan {
        var steps: [Pipeline.Step] = []
        var statements: [Prepared] = []
    }

    private let thread: DatabaseThread
    private let status: ConnectionStatus
    private var handle: Handle?
    private var silence = silenceMargin
    private var prepared: [String: Prepared] = [:]
    private var nameCount = 0
    private var encoder = ParameterEncoder()

    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    init(name: String, status: ConnectionStatus) {
        thread = DatabaseThread.start(name: "postgres")
        self.status = status
    }

    deinit { thread.stop() }

    func open(_ address: DatabaseAddress, name: String, limits: ConnectionLimits) throws(DatabaseError) {
        silence = limits.statement + Self.silenceMargin
        handle = try Handle(address, name: name, limits: limits)
        status.value = .idle
    }

    func close() {
        handle = nil
        prepared = [:]
        status.value = .unknown
    }

    /// Checks by the socket whether the server has ended the connection.
    func checkAlive() throws(DatabaseError) {
        try closingOnFailure { handle throws(DatabaseError) in try handle.checkAlive() }
    }

    func run(_ statements: [Statement]) throws(DatabaseError) -> [Rows] {
        guard !statements.isEmpty else { return [] }
        let plan = try plan(statements)
        let pipeline = try closingOnFailure { handle throws(DatabaseError) in
            try handle.checkAlive()
            try handle.enterPipeline()
            let pipeline = try exchange(statements, plan, handle)
            if let failure = pipeline.failure, failure.kind == .lost || failure.kind == .misuse { throw failure }
            try handle.exitPipeline()
            return pipeline
        }
        return try conclude(pipeline, statements, plan)
    }

    func execute(script: String) throws(DatabaseError) {
        let failure = try closingOnFailure { handle throws(DatabaseError) in
            try handle.checkAlive()
            try handle.sendScript(script)
            return try readScriptResults(handle)
        }
        if let failure { throw failure }
    }

    /// Anything thrown by `body` leaves the connection in an unknown state: it is closed, and the server rolls back.
    private func closingOnFailure<Value>(
        _ body: (Handle) throws(DatabaseError) -> Value
    ) throws(DatabaseError) -> Value {
        guard let handle else { throw DatabaseError(.lost, reason: "the connection is closed") }
        do throws(DatabaseError) {
            let value = try body(handle)
            status.value = handle.transactionStatus
            return value
        } catch {
            close()
            throw error
        }
    }

    /// Checks all statements before anything is sent.
    private func plan(_ statements: [Statement]) throws(DatabaseError) -> Plan {
        guard statements.count <= Self.maximumStatements else { throw .misuse("too many statements in a pipeline") }
        var plan = Plan()
        var new: [String: Prepared] = [:]
        for (index, statement) in statements.enumerated() {
            let types = statement.parameters.map(\.typeOID)
            guard types.count <= Self.maximumParameters else { throw .misuse("statement \(index): many parameters") }
            if statement.isVarying {
                // The server's unnamed statement, which the next one replaces; its plan is made for these values.
                plan.statements.append(Prepared(name: "", types: types))
                plan.steps.append(.prepare(index))
            } else if let known = prepared[statement.sql] ?? new[statement.sql] {
                guard known.types == types else {
                    throw .misuse("statement \(index): its parameters have other types than before")
                }
                plan.statements.append(known)
            } else {
                guard prepared.count + new.count < Self.maximumPreparedStatements else {
                    throw .misuse("statement \(index): too many different texts, one must be a constant")
                }
                nameCount += 1
                let added = Prepared(name: "s\(nameCount)", types: types)
                new[statement.sql] = added
                plan.statements.append(added)
                plan.steps.append(.prepare(index))
            }
            plan.steps.append(.execute(index))
        }
        return plan
    }

    /// Sends all statements, reads results in between, and then reads to the end.
    private func exchange(
        _ statements: [Statement], _ plan: Plan, _ handle: Handle
    ) throws(DatabaseError) -> Pipeline {
        var pipeline = Pipeline(statements, steps: plan.steps)
        var unsentByteCount = 0
        for step in plan.steps {
            let index = step.statementIndex
            let target = plan.statements[index]
            switch step {
            case .prepare:
                try handle.sendPrepare(name: target.name, sql: statements[index].sql, types: target.types)
                unsentByteCount += statements[index].sql.utf8.count
            case .execute:
                encoder.encode(statements[index].parameters)
                guard encoder.bytes.count <= Self.maximumParameterByteCount else {
                    throw .misuse("statement \(index): its parameters are too large")
                }
                try handle.sendPrepared(name: target.name, &encoder)
                unsentByteCount += encoder.bytes.count + 100
            }
            pipeline.sentSteps += 1
            if unsentByteCount > Self.sendWindowByteCount {
                try pump(handle, &pipeline) { _, progress in progress == .complete }
                unsentByteCount = 0
            }
        }
        try handle.sendSync()
        pipeline.isEndSent = true
        try pump(handle, &pipeline) { pipeline, _ in pipeline.isComplete }
        return pipeline
    }

    /// Writes and reads by turns until `isDone`. Both sides' buffers may be full, so neither is waited for alone.
    private func pump(
        _ handle: Handle, _ pipeline: inout Pipeline, until isDone: (Pipeline, Handle.Progress) -> Bool
    ) throws(DatabaseError) {
        while true {
            do throws(DatabaseError) {
                let progress = try handle.flush()
                while pipeline.isOwedResult, !handle.isBusy { pipeline.accept(handle.next()) }
                if isDone(pipeline, progress) { return }
                guard try handle.exchange(toWrite: progress == .pending, silence: silence) else {
                    throw DatabaseError(.timedOut, reason: "the server gave no sign in time")
                }
            } catch {
                throw error.kind == .lost ? farewell(handle, &pipeline) ?? error : error
            }
        }
    }

    /// The server's last error before the connection ended. Bounded, since nothing more can come.
    private func farewell(_ handle: Handle, _ pipeline: inout Pipeline) -> DatabaseError? {
        for _ in 0..<100 where pipeline.failure == nil && pipeline.isOwedResult { pipeline.accept(handle.next()) }
        guard let failure = pipeline.failure, failure.kind == .lost else { return nil }
        var error = DatabaseError(.lost, sqlState: failure.sqlState ?? handle.lost().sqlState)
        error.statementIndex = failure.statementIndex
        return error
    }

    private func conclude(
        _ pipeline: Pipeline, _ statements: [Statement], _ plan: Plan
    ) throws(DatabaseError) -> [Rows] {
        for index in pipeline.prepared where !statements[index].isVarying {
            prepared[statements[index].sql] = plan.statements[index]
        }
        guard var failure = pipeline.failure else { return try pipeline.results() }
        // A changed schema has made the plans useless: the statements are prepared again, under new names.
        if failure.sqlState == "0A000" || failure.sqlState == "26000" {
            failure.planIsStale = !prepared.isEmpty && !pipeline.prepared.contains(failure.statementIndex ?? -1)
            prepared = [:]
        }
        throw failure
    }

    /// Reads the results of a script to the end; the first refusal counts.
    private func readScriptResults(_ handle: Handle) throws(DatabaseError) -> DatabaseError? {
        var failure: DatabaseError?
        while true {
            let progress = try handle.flush()
            while !handle.isBusy {
                guard let result = handle.next() else { return failure }
                switch result.status {
                case .refused:
                    let error = result.error(statementIndex: nil)
                    if error.kind == .lost { throw error }
                    failure = failure ?? error
                case .copy: throw .misuse("COPY has no place in a script")
                case .rows, .done, .pipelineEnd, .skipped: break
                }
            }
            guard try handle.exchange(toWrite: progress == .pending, silence: silence) else {
                throw DatabaseError(.timedOut, reason: "the server gave no sign in time")
            }
        }
    }
}
