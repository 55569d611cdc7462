public import Models
public import PostgreSQL

/// How a service loads and saves the states of the contacts in a batch: a fixed number of statements, whatever its
/// size.
public protocol AggregateStore<State>: Sendable {
    /// What is stored.
    associatedtype State: Aggregate
    /// Statements that read the states of `keys`.
    func loading(_ keys: [String]) -> [Statement]
    /// The states that the statements' rows hold; a key that is missing is `unknown`.
    func states(of keys: [String], from rows: ArraySlice<Rows>) async throws -> [String: State]
    /// Statements that save the changed states; called within the batch's transaction.
    func saving(_ changed: [(key: String, state: State)], at now: Timestamp) async throws -> [Statement]
    /// Statements that lock and read what the contacts `keys` have in common with others, and `sharedKeys`; they run
    /// behind `loading`, and lock in the keys' order.
    func loadingShared(of keys: [String], and sharedKeys: [String]) -> [Statement]
    /// The values that those statements' rows hold; a key that is missing has none yet.
    func shared(from rows: ArraySlice<Rows>) throws -> [String: State.Shared]
    /// Statements that save what changed of it. `missing`: keys that had no value when they were read.
    func savingShared(_ changed: [(key: String, value: State.Shared)], missing: Set<String>) throws -> [Statement]
    /// Statements that lock and read a partition's numbering; they run behind `loading` in batches with a message that
    /// takes numbers.
    func loadingNumbering(of partition: Int) -> [Statement]
    /// The numbering that those statements' rows hold.
    func numbering(of partition: Int, from rows: ArraySlice<Rows>) throws -> State.Numbering
    /// Statements that save a numbering that gave out numbers.
    func savingNumbering(_ numbering: State.Numbering) throws -> [Statement]
    /// A new history begins, because the database may have lost its last commits (X5): what is numbered by rows of this
    /// store gets the epoch behind its numbers. Called in a transaction that has locked all partitions.
    func beginHistory(_ epoch: Int64, partitions: Int, at now: Timestamp, on connection: Connection) async throws
    /// The table whose unique key says (23505) that another partition's batch was quicker with what is shared, so that
    /// this one is decided again.
    static var sharedTable: String? { get }
}

extension AggregateStore {
    /// Nothing is numbered.
    public func beginHistory(
        _ epoch: Int64, partitions: Int, at now: Timestamp, on connection: Connection
    ) async throws {}
    /// None.
    public static var sharedTable: String? { nil }
}

extension AggregateStore where State.Shared == Never {
    /// None.
    public func loadingShared(of keys: [String], and sharedKeys: [String]) -> [Statement] { [] }
    /// None.
    public func shared(from rows: ArraySlice<Rows>) -> [String: Never] { [:] }
    /// None.
    public func savingShared(_ changed: [(key: String, value: Never)], missing: Set<String>) -> [Statement] { [] }
}

extension AggregateStore where State.Numbering == Never {
    /// None.
    public func loadingNumbering(of partition: Int) -> [Statement] { [] }
    /// There is none.
    public func numbering(of partition: Int, from rows: ArraySlice<Rows>) throws -> Never { throw NothingNumbered() }
    /// None.
    public func savingNumbering(_ numbering: Never) -> [Statement] {}
}

/// A handler takes numbers, and its store has none: a mistake of the service's.
private struct NothingNumbered: Error {}
