import Cryptography
import Keys
import Models
import Synchronization

/// Maximum age of the keys in memory: an older copy is refreshed before a batch, because it may lack a published key.
private let longestUnseen = Duration.seconds(3)

/// The keys that open sealed values, cached in memory (X4).
final class SealingKeys: Sendable {
    private struct State {
        var keys: [String: PrivateSealingKey] = [:]
        var published: PublicSealingKey?
        var seenAt: ContinuousClock.Instant?
    }

    private let store: SealingKeyStore
    private let state = Mutex(State())
    /// Stands in for unknown keys and opens nothing, so that an unknown `kid` takes as long as a wrong seal.
    private let decoy = PrivateSealingKey.generate()
    private let decoySeal: String

    /// Holds no key until `refresh`.
    init(store: SealingKeyStore) {
        self.store = store
        decoySeal = JWE.seal([0], to: PrivateSealingKey.generate().publicKey, header: [:])
    }

    /// The public key to which clients seal; nil before the first refresh.
    var published: PublicSealingKey? { state.withLock { $0.published } }

    /// Creates the first key if there is none, and refreshes.
    func start() async throws {
        try await store.makeFirst()
        try await refresh()
    }

    /// Reads the keys from the key store.
    func refresh() async throws {
        let begun = ContinuousClock.now
        let contents = try await store.contents()
        keep(contents.rows, unreadable: contents.unreadable, seenAt: begun)
    }

    /// Takes the rows read at `seenAt`. If a known key's row has become unreadable, the key still opens values.
    func keep(_ rows: [SealingKeyStore.Row], unreadable: Set<String> = [], seenAt: ContinuousClock.Instant) {
        let keys = Dictionary(rows.map { ($0.key.publicKey.thumbprint, $0.key) }) { $1 }
        // The newest key that all instances hold; the first key was there before any instance.
        let settled = (rows.last(where: \.isSettled) ?? (unreadable.isEmpty ? rows.first : nil))?.key.publicKey
        state.withLock { state in
            let left = state.keys.filter { unreadable.contains($0.key) }
            let published = settled ?? state.published.flatMap { left[$0.thumbprint] == nil ? nil : $0 }
            state = State(keys: keys.merging(left) { one, _ in one }, published: published, seenAt: seenAt)
        }
    }

    /// Refreshes the keys if they are too old; called before a batch is decided.
    func requireFresh() async throws {
        let seenAt = state.withLock { $0.seenAt }
        if seenAt.map({ .now - $0 > longestUnseen }) ?? true { try await refresh() }
    }

    /// The text of a value sealed for this contact and field; nil for any error, after the same work, so that the time
    /// does not show the cause.
    ///
    /// Nearly all of the time goes into one ECDH. Each error costs exactly one: with a known `kid` by its key, with an
    /// unknown one by the decoy, and with an unreadable header by opening the decoy's own seal. The rest is the parsing
    /// of the text, microseconds that depend only on its length, which the sender knows; they are too small to measure
    /// across broker and database. `SealedValueTests` measures the times.
    func open(_ compact: String, contact: String, field: String) -> [UInt8]? {
        let keys = state.withLock { $0.keys }
        var wasTried = false
        do {
            let opened = try JWE.open(compact) { kid in
                wasTried = true
                return keys[kid] ?? decoy
            }
            guard opened.header["sub"] == contact, opened.header["field"] == field else { return nil }
            return opened.plaintext
        } catch {
            // The header could not be read, so no key was used: opens the decoy's seal to take the same time.
            if !wasTried { _ = try? JWE.open(decoySeal) { _ in decoy } }
            return nil
        }
    }
}
