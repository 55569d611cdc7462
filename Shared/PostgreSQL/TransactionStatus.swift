/// The status of a connection's transaction between two calls.
package enum TransactionStatus: Sendable, Equatable {
    /// No transaction is open.
    case idle
    /// A transaction is open.
    case open
    /// A transaction is open and failed: only ROLLBACK is accepted.
    case failed
    /// The connection has ended.
    case unknown
}
