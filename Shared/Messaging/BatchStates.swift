import Models
import PostgreSQL

/// Loads and saves the input of a batch's decisions: the contacts' states, the shared values, and the partition's
/// numbering.
struct BatchStates<Store: AggregateStore>: Sendable {
    /// The loaded values.
    struct Loaded: Sendable {
        var states: [String: Store.State] = [:]
        var shared: [String: Store.State.Shared] = [:]
        var numbering: Store.State.Numbering?
    }

    private let store: Store
    private let partition: Int
    private let keys: [String]
    /// Keys of which only the summary is needed; not among `keys`.
    private let summaryKeys: [String]
    private let sharedKeys: [String]
    private let loading: [Statement]
    private let summarizing: [Statement]
    private let numbering: [Statement]
    private let sharing: [Statement]

    init(
        _ store: Store, partition: Int, keys: Set<String>, summaryKeys: Set<String> = [],
        sharedKeys: some Sequence<String>, takesNumbers: Bool
    ) {
        self.store = store
        self.partition = partition
        self.keys = keys.sorted()
        self.summaryKeys = summaryKeys.subtracting(keys).sorted()
        self.sharedKeys = Set(sharedKeys).sorted()
        loading = keys.isEmpty ? [] : store.loading(self.keys)
        summarizing = self.summaryKeys.isEmpty ? [] : store.loadingSummaries(self.summaryKeys)
        numbering = takesNumbers ? store.loadingNumbering(of: partition) : []
        sharing = keys.isEmpty ? [] : store.loadingShared(of: self.keys, and: self.sharedKeys)
    }

    var statements: [Statement] { loading + summarizing + numbering + sharing }

    /// Parses the result rows of `statements`.
    func loaded(_ rows: ArraySlice<Rows>) async throws -> Loaded {
        var rows = rows
        func take(_ statements: [Statement]) -> ArraySlice<Rows> {
            defer { rows = rows.dropFirst(statements.count) }
            return rows.prefix(statements.count)
        }
        var loaded = Loaded()
        let (ofStates, ofSummaries) = (take(loading), take(summarizing))
        let (ofNumbering, ofShared) = (take(numbering), take(sharing))
        if !loading.isEmpty { loaded.states = try await store.states(of: keys, from: ofStates) }
        if !summarizing.isEmpty {
            loaded.states.merge(try await store.summaries(of: summaryKeys, from: ofSummaries)) { whole, _ in whole }
        }
        if !numbering.isEmpty { loaded.numbering = try store.numbering(of: partition, from: ofNumbering) }
        if !sharing.isEmpty { loaded.shared = try store.shared(from: ofShared) }
        return loaded
    }

    /// Returns the statements that save the batch's changes.
    func saving(_ batch: Batch<Store.State>, at now: Timestamp) async throws -> [Statement] {
        let changed = batch.changed
        var saving = changed.isEmpty ? [] : try await store.saving(changed, at: now)
        if let numbering = batch.changedNumbering { saving += try store.savingNumbering(numbering) }
        let shared = batch.changedShared
        let missing = Set(sharedKeys).union(shared.map(\.key)).subtracting(batch.foundSharedKeys)
        return saving + (try store.savingShared(shared, missing: missing))
    }
}
