import Keys
import Messaging
import PostgreSQL
import VaultDomain

/// Maximum questions that open many values at the same time. On two cores, a second one runs while the first waits for
/// a database; more would only compete.
private let mostOpening = 2

/// Keys and index for questions, on connections of their own. So batches, whose transactions stay open meanwhile,
/// always find a free connection.
struct VaultQuestions: Sendable {
    let keys: KeyStore
    let find: FindIndex
    /// Limits questions that open many values.
    let opening = FairSemaphore(mostOpening)

    init(pool: Pool, ring: HeldKeys, rules: FieldRules) {
        keys = KeyStore(pool: pool, ring: ring)
        find = FindIndex(rules: rules, pool: pool, ring: ring)
    }
}
