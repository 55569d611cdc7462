/// The server's timeouts and planner settings, set on the connection itself.
public struct ConnectionLimits: Sendable {
    /// `statement_timeout`. A server silent for this and 5 s more counts as lost.
    public var statement: Duration
    /// `lock_timeout`: how long one lock may be waited for.
    public var lock: Duration
    /// `idle_in_transaction_session_timeout`: a stalled process must not hold locks.
    public var idleInTransaction: Duration
    /// How statements are planned.
    public var planning = Planning.server

    /// The limits of a service's connections.
    public static let service = ConnectionLimits(
        statement: .seconds(10), lock: .seconds(2), idleInTransaction: .seconds(5), planning: .byIndex)

    /// The limits of connections that write batches.
    public static let batches = ConnectionLimits(
        statement: .seconds(10), lock: .seconds(2), idleInTransaction: .seconds(5), planning: .byIndexOnce)

    /// The limits of migrations, which may rewrite tables and wait for another instance's migrations.
    public static let migration = ConnectionLimits(
        statement: .seconds(600), lock: .seconds(120), idleInTransaction: .seconds(60))

    /// Makes limits; each must be at least a millisecond.
    public init(statement: Duration, lock: Duration, idleInTransaction: Duration, planning: Planning = .server) {
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
    public enum Planning: Sendable {
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
