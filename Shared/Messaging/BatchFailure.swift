import PostgreSQL

/// The way to handle a failed batch transaction.
enum BatchFailure {
    /// The database is down, or another transaction holds a lock or has written a row first. Retry the same batch.
    case outage
    /// The transaction took too long. Halve the batch. Retry a single message, because the database is slow, which
    /// passes.
    case time
    /// The database rejects the data of one message. Halve the batch until that message is found; it becomes a dead
    /// letter.
    case message
    /// The error is of an unknown kind. Halve the batch, so that the other messages commit. Retry the message that is
    /// left, which stops the partition, because the error may affect the next message too.
    case unknown

    /// Tables whose primary key the service numbers itself. A duplicate key there is a bug of the service.
    private static let numbered: Set<String> = ["decision", "ledger_entry", "outbox"]

    /// Classifies an error of a batch transaction.
    ///
    /// - Parameters:
    ///   - sharedTable: a unique violation on this table means that another partition wrote the row first. A retry
    ///     reads that row.
    init(_ error: any Error, sharedTable: String?) {
        self = .unknown
        if error is any Outage { self = .outage }
        guard let error = error as? DatabaseError else { return }
        let table = error.table ?? ""
        switch error.sqlState ?? "" {
        // The statement or the idle transaction ran into the server's timeout, which is not the fault of one message.
        case "57014", "25P03": self = .time
        case "23505" where table.hasPrefix("inbox_") || table == sharedTable: self = .outage
        // The service gave out a number twice.
        case "23505" where Self.numbered.contains(table): self = .unknown
        // Class 22: invalid data, 23: violated constraint, 54: program limit, which a smaller batch may not exceed.
        case let state where ["22", "23", "54"].contains(state.prefix(2)): self = .message
        case _ where error.kind == .misuse: self = .message
        case _ where error.isRetriable: self = .outage
        default: self = .unknown
        }
    }
}

/// A failure that would affect the next message too, such as a key that this instance does not have. The partition
/// stops and retries until the failure passes; no message becomes a dead letter.
package protocol Outage: Error {}
