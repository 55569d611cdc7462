import Keys
import Messaging
import PostgreSQL
import VaultDomain

/// Questions that open many values at a time: on two cores the second makes way for batches while it waits for a
/// database, and more would only wait for one another.
private let mostOpening = 2

/// What questions are answered from, with connections to the key store of their own: however many there are, a batch
/// finds one free, for its transaction stays open meanwhile.
struct VaultQuestions: Sendable {
    let keys: KeyStore
    let find: FindIndex
    /// For those that open many values.
    let opening = FairSemaphore(mostOpening)

    init(pool: Pool, ring: HeldKeys, rules: FieldRules) {
        keys = KeyStore(pool: pool, ring: ring)
        find = FindIndex(rules: rules, pool: pool, ring: ring)
    }
}
