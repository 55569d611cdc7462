public import Cryptography
import Synchronization

/// Keeps the key of a version's check value apart from every other use of the version.
private let checkPurpose = [UInt8]("assent vault key check 1".utf8)
/// Bytes: no two keys that anybody ever makes share so many.
private let checkLength = 16

/// The key-encryption keys that a process holds: what the key file has, read again when it changes, and the version
/// that the key store says is current. Any thread may ask.
public final class HeldKeys: Sendable {
    private struct State {
        var ring: KeyRing
        var stamp: KeyFile.Stamp?
        /// Nil until the key store was asked: then the file's highest.
        var current: Int?
        /// Of each version that the key store vouched for, what its key opened; none takes that key's place.
        var probes: [Int: [UInt8]] = [:]
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

    /// What the key store says is current. Error: the file has another key under that number, or none, so that the
    /// version is not used.
    public func follow(_ version: Int, probe: [UInt8]) throws(KeyMistake) {
        try prove(version, by: probe)
        state.withLock { $0.current = version }
    }

    /// Sees to it that the version's key is the one that made the probe; a number alone says nothing. Looks once, and
    /// at the file again where another key was held.
    public func prove(_ version: Int, by probe: [UInt8]) throws(KeyMistake) {
        if isProven(version, by: probe) { return }
        if try !key(version: version).opens(probe) {
            try refresh()
            guard try key(version: version).opens(probe) else { throw .wrongVersion(version) }
        }
        // The file may have been read again meanwhile, with another key: what is noted holds of what is held.
        let isHeld = state.withLock { state in
            guard state.ring.key(version: version)?.opens(probe) == true else { return false }
            state.probes[version] = probe
            return true
        }
        guard isHeld else { throw .wrongVersion(version) }
    }

    /// Whether the version's key is held, and is the one that the key store means.
    public func isProven(_ version: Int) -> Bool {
        state.withLock { $0.probes[version] != nil && $0.ring.key(version: version) != nil }
    }

    /// Reads the file again where it changed. Error: it cannot be used, and what was read before stays.
    public func refresh() throws(KeyMistake) {
        guard let file else { return }
        let stamp = file.stamp
        guard stamp == nil || stamp != state.withLock({ $0.stamp }) else { return }
        let ring = try file.read()
        let wrong = state.withLock { state in
            let wrong = state.probes.first { version, probe in ring.key(version: version)?.opens(probe) == false }
            guard wrong == nil else { return wrong?.key }
            state.ring = ring
            state.stamp = stamp
            return nil
        }
        if let wrong { throw .wrongVersion(wrong) }
    }

    /// What tells the keys of these versions from others of the same number, in the order of `versions`.
    func checks() -> (versions: [Int], checks: [[UInt8]]) {
        let ring = state.withLock { $0.ring }
        let keys = ring.versions.compactMap { ring.key(version: $0) }
        return (keys.map(\.version), keys.map(\.check))
    }

    private func isProven(_ version: Int, by probe: [UInt8]) -> Bool {
        state.withLock { $0.probes[version] == probe && $0.ring.key(version: version) != nil }
    }
}

extension KeyRing.VersionedKey {
    /// A random key of no other use, wrapped: by it `opens` tells this key from another.
    func probe() -> [UInt8] { encryption.wrap(.random()) }

    /// Whether this is the key that made the probe.
    func opens(_ probe: [UInt8]) -> Bool { (try? encryption.unwrap(probe)) != nil }

    /// The same for the same key alone, and good for nothing else: anybody may see it.
    var check: [UInt8] {
        Array(MACKey(mac.hmacSHA256(checkPurpose)).hmacSHA256(checkPurpose).prefix(checkLength))
    }
}
