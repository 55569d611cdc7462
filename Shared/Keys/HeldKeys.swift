public import Cryptography
import Synchronization

/// The key-encryption keys that a process holds: what the key file has, read again when it changes, and the version
/// that the key store says is current. Any thread may ask.
public final class HeldKeys: Sendable {
    private struct State {
        var ring: KeyRing
        var stamp: KeyFile.Stamp?
        /// Nil until the key store was asked: then the file's highest.
        var current: Int?
    }

    private let file: KeyFile?
    private let state: Mutex<State>

    /// Keys of no file.
    public init(_ ring: KeyRing) {
        file = nil
        state = Mutex(State(ring: ring))
    }

    /// Reads the file.
    public init(_ file: KeyFile) throws(KeyMistake) {
        self.file = file
        let stamp = file.stamp
        state = Mutex(State(ring: try file.read(), stamp: stamp))
    }

    /// Versions in memory, ascending.
    public var versions: [Int] { state.withLock { $0.ring.versions } }

    /// The version that wraps what is new.
    public var currentVersion: Int { state.withLock { $0.current ?? $0.ring.current.version } }

    /// The key that wraps what is new.
    public var current: KeyRing.VersionedKey { get throws(KeyMistake) { try key(version: currentVersion) } }

    /// The key of a version; one that is not known yet is looked for in the file.
    public func key(version: Int) throws(KeyMistake) -> KeyRing.VersionedKey {
        if let key = state.withLock({ $0.ring.key(version: version) }) { return key }
        try refresh()
        guard let key = state.withLock({ $0.ring.key(version: version) }) else { throw .unknownVersion(version) }
        return key
    }

    /// What the key store says.
    public func follow(_ version: Int) { state.withLock { $0.current = version } }

    /// Reads the file again where it changed. Error: it cannot be used, and what was read before stays.
    public func refresh() throws(KeyMistake) {
        guard let file else { return }
        let stamp = file.stamp
        guard stamp == nil || stamp != state.withLock({ $0.stamp }) else { return }
        let ring = try file.read()
        let known = state.withLock { $0.ring }
        for version in ring.versions {
            guard let before = known.key(version: version), let now = ring.key(version: version) else { continue }
            guard before.isSame(as: now) else { throw .wrongVersion(version) }
        }
        state.withLock { state in
            state.ring = ring
            state.stamp = stamp
        }
    }
}

extension KeyRing.VersionedKey {
    /// A random key of no other use, wrapped: by it `opens` tells this key from another.
    func probe() -> [UInt8] { encryption.wrap(.random()) }

    /// Whether this is the key that made the probe.
    func opens(_ probe: [UInt8]) -> Bool { (try? encryption.unwrap(probe)) != nil }

    fileprivate func isSame(as other: Self) -> Bool { other.opens(probe()) }
}
