/// One connection to PostgreSQL, on a thread of its own. Concurrent calls run one after another.
///
/// After an error that is not about the connection itself it stays usable; a transaction that was open is then
/// `failed`, and `rollbackIfOpen` ends it.
package final class Connection: Sendable {
    private let session: Session
    private let status: ConnectionStatus

    private init(session: Session, status: ConnectionStatus) {
        self.session = session
        self.status = status
    }

    /// Opens a connection; `pg_stat_activity` shows `name`. Gives up after 5 s per address.
    package static func open(
        _ address: DatabaseAddress, name: String, limits: ConnectionLimits = .service
    ) async throws(DatabaseError) -> Connection {
        let status = ConnectionStatus()
        let session = Session(name: name, status: status)
        try await session.open(address, name: name, limits: limits)
        return Connection(session: session, status: status)
    }

    /// Whether the connection was alive when it was last used.
    package var isOpen: Bool { status.value != .unknown }

    /// The transaction's status after the last call.
    package var transactionStatus: TransactionStatus { status.value }

    /// Sends all statements at once, in one pipeline, and returns their results in order: one round trip.
    ///
    /// Outside a transaction the pipeline is a transaction of its own. With `BEGIN` it may leave a transaction open for
    /// the next call. The first error is thrown, with the statement's index; the statements after it did not run. A
    /// `COMMIT` that the server answers with `ROLLBACK` is an error. A server that is silent for the statement's limit
    /// and 5 s counts as lost.
    package func run(_ statements: [Statement]) async throws(DatabaseError) -> [Rows] {
        try await session.run(statements)
    }

    /// Runs one statement.
    package func run(_ statement: Statement) async throws(DatabaseError) -> Rows {
        let results = try await session.run([statement])
        return results[0]
    }

    /// Runs a text of several statements, as migrations have. Unless it says BEGIN, it is one transaction.
    package func execute(script: String) async throws(DatabaseError) {
        try await session.execute(script: script)
    }

    /// Rolls back a transaction that is open or failed; else does nothing.
    package func rollbackIfOpen() async throws(DatabaseError) {
        switch status.value {
        case .open, .failed: _ = try await session.run([Statement("ROLLBACK")])
        case .idle, .unknown: break
        }
    }

    /// Checks the socket, without a round trip; throws if the server has ended the connection.
    package func checkAlive() async throws(DatabaseError) {
        try await session.checkAlive()
    }

    /// Closes the connection after the calls before it. Later calls throw `lost`.
    package func close() async {
        await session.close()
    }
}
