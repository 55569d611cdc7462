import PostgreSQL

/// What a failed batch transaction is answered with.
enum BatchFailure {
    /// The database is away, or another holds what this batch needs: the same batch again.
    case outage
    /// It took too long: half of it at a time; a single message again, for then the database is slow, which passes.
    case time
    /// The database blames the data of one message: half of it at a time, until the message is found and taken out.
    case message
    /// Nobody thought of it: half of it at a time, so that the neighbours pass; the message that is left stops the
    /// partition, for what is not known may befall the next message too.
    case unknown

    /// Tables with a primary key that the service numbers itself. A duplicate there is the service's own fault.
    private static let numbered: Set<String> = ["decision", "ledger_entry", "outbox"]

    /// - Parameters:
    ///   - sharedTable: its unique key tells that another partition wrote the row first; the next look sees it.
    init(_ error: any Error, sharedTable: String?) {
        self = .unknown
        if error is any Outage { self = .outage }
        guard let error = error as? DatabaseError else { return }
        let table = error.table ?? ""
        switch error.sqlState ?? "" {
        // A batch that is too large for a statement (54) or for our own limits is no message's fault either.
        case "57014", "25P03": self = .time
        case "23505" where table.hasPrefix("inbox_") || table == sharedTable: self = .outage
        // A number was given out twice, by us.
        case "23505" where Self.numbered.contains(table): self = .unknown
        case let state where ["22", "23", "54"].contains(state.prefix(2)): self = .message
        case _ where error.kind == .misuse: self = .message
        case _ where error.isRetriable: self = .outage
        default: self = .unknown
        }
    }
}

/// A failure that would befall the next message too, such as a key that this instance lacks: it stops the partition
/// until it passes, and takes no message out.
public protocol Outage: Error {}
