/// The times after which the server gives up, set on the connection itself.
public struct ConnectionLimits: Sendable {
    /// `statement_timeout`. A server silent for this and 5 s more counts as lost.
    public var statement: Duration
    /// `lock_timeout`: how long one lock may be waited for.
    public var lock: Duration
    /// `idle_in_transaction_session_timeout`: a stalled process must not hold locks.
    public var idleInTransaction: Duration

    /// What a service works with.
    public static let service = ConnectionLimits(
        statement: .seconds(10), lock: .seconds(2), idleInTransaction: .seconds(5))

    /// Migrations may rewrite tables, and wait for another instance's.
    public static let migration = ConnectionLimits(
        statement: .seconds(600), lock: .seconds(120), idleInTransaction: .seconds(60))

    /// Makes limits; each must be at least a millisecond.
    public init(statement: Duration, lock: Duration, idleInTransaction: Duration) {
        self.statement = statement
        self.lock = lock
        self.idleInTransaction = idleInTransaction
    }

    /// The value of libpq's `options`.
    var serverOptions: String {
        "-c statement_timeout=\(Self.milliseconds(statement)) -c lock_timeout=\(Self.milliseconds(lock)) "
            + "-c idle_in_transaction_session_timeout=\(Self.milliseconds(idleInTransaction))"
    }

    /// 0 would mean no limit.
    private static func milliseconds(_ duration: Duration) -> Int64 {
        max(1, Int64(duration / .milliseconds(1)))
    }
}
