import Cryptography
import Keys
import Models
import Synchronization

/// An instance that could not look for so long looks before it decides: it might lack a key that others published.
private let longestUnseen = Duration.seconds(3)

/// The keys that open sealed values, in memory (X4).
final class SealingKeys: Sendable {
    private struct State {
        var keys: [String: PrivateSealingKey] = [:]
        var published: PublicSealingKey?
        var seenAt: ContinuousClock.Instant?
    }

    private let store: SealingKeyStore
    private let state = Mutex(State())
    /// Opens nothing: stands in where no key is known, so that an unknown `kid` costs what a wrong seal costs.
    private let decoy = PrivateSealingKey.generate()
    private let decoySeal: String

    /// No key yet; `refresh` brings them.
    init(store: SealingKeyStore) {
        self.store = store
        decoySeal = JWE.seal([0], to: PrivateSealingKey.generate().publicKey, header: [:])
    }

    /// Whom to seal to; nil before the first look.
    var published: PublicSealingKey? { state.withLock { $0.published } }

    /// Makes the first key where there is none, and looks.
    func start() async throws {
        try await store.makeFirst()
        try await refresh()
    }

    /// Looks at the key store.
    func refresh() async throws {
        let begun = ContinuousClock.now
        let contents = try await store.contents()
        keep(contents.rows, unreadable: contents.unreadable, seenAt: begun)
    }

    /// Rows as they were at a time. A key whose row was garbled since it was read opens what is under way.
    func keep(_ rows: [SealingKeyStore.Row], unreadable: Set<String> = [], seenAt: ContinuousClock.Instant) {
        let keys = Dictionary(rows.map { ($0.key.publicKey.thumbprint, $0.key) }) { $1 }
        // The newest that all instances have; the very first was there before any of them.
        let settled = (rows.last(where: \.isSettled) ?? (unreadable.isEmpty ? rows.first : nil))?.key.publicKey
        state.withLock { state in
            let left = state.keys.filter { unreadable.contains($0.key) }
            let published = settled ?? state.published.flatMap { left[$0.thumbprint] == nil ? nil : $0 }
            state = State(keys: keys.merging(left) { one, _ in one }, published: published, seenAt: seenAt)
        }
    }

    /// Before a batch is decided.
    func requireFresh() async throws {
        let seenAt = state.withLock { $0.seenAt }
        if seenAt.map({ .now - $0 > longestUnseen }) ?? true { try await refresh() }
    }

    /// The text of a value that was sealed for this contact and field; nil for whatever else, after the same work, so
    /// that the time it takes does not tell what was wrong.
    ///
    /// All that takes time is one ECDH, beside which a check of a point and a decryption are little. Whatever is wrong
    /// costs it once: with a known `kid` by the key, with an unknown one by the decoy, and what has no header to read
    /// by opening the decoy's own seal. Left are the microseconds of reading a text, which grow with its length alone,
    /// and whoever sealed it knows that; beside a message's way through broker and database they cannot be seen.
    /// `SealedValueTests` measures it.
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
            // It failed before a key was asked for: one is tried in vain now.
            if !wasTried { _ = try? JWE.open(decoySeal) { _ in decoy } }
            return nil
        }
    }
}
