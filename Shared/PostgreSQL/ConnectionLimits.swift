/// The server's timeouts and planner settings, set on the connection itself.
package struct ConnectionLimits: Sendable {
    /// `statement_timeout`. A server silent for this and 5 s more counts as lost.
    package var statement: Duration
    /// `lock_timeout`: how long one lock may be waited for.
    package var lock: Duration
    /// `idle_in_transaction_session_timeout`: a stalled process must not hold locks.
    package var idleInTransaction: Duration
    /// How statements are planned.
    package var planning = Planning.server

    /// The limits of a service's connections.
    package static let service = ConnectionLimits(
        statement: .seconds(10), lock: .seconds(2), idleInTransaction: .seconds(5), planning: .byIndex)

    /// The limits of connections that write batches.
    package static let batches = ConnectionLimits(
        statement: .seconds(10), lock: .seconds(2), idleInTransaction: .seconds(5), planning: .byIndexOnce)

    /// The limits of migrations, which may rewrite tables and wait for another instance's migrations.
    package static let migration = ConnectionLimits(
        statement: .seconds(600), lock: .seconds(120), idleInTransaction: .seconds(60))

    /// Makes limits; each must be at least a millisecond.
    package init(statement: Duration, lock: Duration, idleInTransaction: Duration, planning: Planning = .server) {
        self.statement = statement
        self.lock = lock
        self.idleInTransaction = idleInTransaction
        self.planning = planning
    }

    /// The value of libpq's `options`.
    var serverOptions: String {
        "-c statement_timeout=\(Self.milliseconds(statement)) -c lock_timeout=\(Self.milliseconds(lock)) "
            + "-c idle_in_transaction_session_timeout=\(Self.milliseconds(idleInTransaction))"
            + planning.serverOptions
    }

    /// The settings of the server's planner.
    package enum Planning: Sendable {
        /// The server's own settings.
        case server
        /// `enable_seqscan = off`, `jit = off`: rows are looked up by index. A plan that was made when a table was
        /// nearly empty would read the whole table each time, however large that has become.
        case byIndex
        /// As `byIndex`, and `plan_cache_mode = force_generic_plan`: each statement is planned once in the connection's
        /// life. Without it, arrays of different lengths make the server plan a statement anew each time.
        case byIndexOnce

        fileprivate var serverOptions: String {
            switch self {
            case .server: ""
            case .byIndex: " -c enable_seqscan=off -c jit=off"
            case .byIndexOnce: Planning.byIndex.serverOptions + " -c plan_cache_mode=force_generic_plan"
            }
        }
    }

    /// At least 1, since 0 would mean no limit.
    private static func milliseconds(_ duration: Duration) -> Int64 {
        max(1, Int64(duration / .milliseconds(1)))
    }
}
