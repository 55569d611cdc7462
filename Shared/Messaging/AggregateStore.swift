package import Models
package import PostgreSQL

/// Loads and saves the states of the contacts in a batch. The number of statements does not depend on the batch's size.
package protocol AggregateStore<State>: Sendable {
    /// The stored state.
    associatedtype State: Aggregate
    /// Statements that read the states of `keys`.
    func loading(_ keys: [String]) -> [Statement]
    /// Returns the states in the result rows of `loading`. A missing key means `State.unknown`.
    func states(of keys: [String], from rows: ArraySlice<Rows>) async throws -> [String: State]
    /// Statements that read what handlers with `readsSummary` need of `keys`: less than `loading`, for message types
    /// that come by the thousand.
    func loadingSummaries(_ keys: [String]) -> [Statement]
    /// Returns the states in the result rows of `loadingSummaries`. They are never saved.
    func summaries(of keys: [String], from rows: ArraySlice<Rows>) async throws -> [String: State]
    /// Returns the statements that save the changed states. Called within the batch's transaction.
    func saving(_ changed: [(key: String, state: State)], at now: Timestamp) async throws -> [Statement]
    /// Returns the statements that lock and read shared values.
    ///
    /// They read the values of the contacts `keys` and the values under `sharedKeys`. They run after `loading` and lock
    /// in the order of the keys, which prevents deadlocks.
    func loadingShared(of keys: [String], and sharedKeys: [String]) -> [Statement]
    /// Returns the shared values in the result rows of `loadingShared`. A missing key has no value yet.
    func shared(from rows: ArraySlice<Rows>) throws -> [String: State.Shared]
    /// Returns the statements that save the changed shared values. `missing`: the keys that had no value when they were
    /// read.
    func savingShared(_ changed: [(key: String, value: State.Shared)], missing: Set<String>) throws -> [Statement]
    /// Returns the statements that lock and read a partition's numbering. They run after `loading`, in batches with a
    /// message whose handler has `takesNumbers`.
    func loadingNumbering(of partition: Int) -> [Statement]
    /// Returns the numbering in the result rows of `loadingNumbering`.
    func numbering(of partition: Int, from rows: ArraySlice<Rows>) throws -> State.Numbering
    /// Returns the statements that save a changed numbering.
    func savingNumbering(_ numbering: State.Numbering) throws -> [Statement]
    /// Begins a new epoch for the numbered rows of this store.
    ///
    /// The database may have lost its last commits (X5), so that later numbers carry the epoch as a suffix. Called in a
    /// transaction that has locked all partitions.
    func beginHistory(_ epoch: Int64, partitions: Int, at now: Timestamp, on connection: Connection) async throws
    /// The table of shared values. A unique violation (23505) on this table means that another partition wrote the row
    /// first; the batch is then retried.
    static var sharedTable: String? { get }
}

extension AggregateStore {
    /// Default: the whole states.
    package func loadingSummaries(_ keys: [String]) -> [Statement] { loading(keys) }
    /// Default: the whole states.
    package func summaries(of keys: [String], from rows: ArraySlice<Rows>) async throws -> [String: State] {
        try await states(of: keys, from: rows)
    }
    /// Default: does nothing, since the store numbers nothing.
    package func beginHistory(
        _ epoch: Int64, partitions: Int, at now: Timestamp, on connection: Connection
    ) async throws {}
    /// Default: no table.
    package static var sharedTable: String? { nil }
}

extension AggregateStore where State.Shared == Never {
    /// No statements.
    package func loadingShared(of keys: [String], and sharedKeys: [String]) -> [Statement] { [] }
    /// No values.
    package func shared(from rows: ArraySlice<Rows>) -> [String: Never] { [:] }
    /// No statements.
    package func savingShared(_ changed: [(key: String, value: Never)], missing: Set<String>) -> [Statement] { [] }
}

extension AggregateStore where State.Numbering == Never {
    /// No statements.
    package func loadingNumbering(of partition: Int) -> [Statement] { [] }
    /// Always throws, since the store numbers nothing.
    package func numbering(of partition: Int, from rows: ArraySlice<Rows>) throws -> Never { throw NothingNumbered() }
    /// No statements.
    package func savingNumbering(_ numbering: Never) -> [Statement] {}
}

/// A handler has `takesNumbers`, but its store has no numbering: a programming error.
private struct NothingNumbered: Error {}
