package import Cryptography
import Synchronization

/// The HMAC domain of check values: it separates a version's check value from every other use of the version's key.
private let checkPurpose = [UInt8]("assent vault key check 1".utf8)
/// Bytes of a check value: so many that two different keys never have the same one.
private let checkLength = 16

/// The key-encryption keys that a process holds: those of the key file, read again when the file changes, and the
/// number of the version that is current in the key store. Thread-safe.
package final class HeldKeys: Sendable {
    private struct State {
        var ring: KeyRing
        var stamp: KeyFile.Stamp?
        /// The key store's current version. While it is nil (not read yet), the file's highest version counts as
        /// current.
        var current: Int?
        /// The key store's probe of each version whose key has opened it. `refresh` refuses a file that has another key
        /// for such a version.
        var probes: [Int: [UInt8]] = [:]
    }

    private let file: KeyFile?
    private let state: Mutex<State>

    /// Fixed keys, without a file to read again.
    package init(_ ring: KeyRing) {
        file = nil
        state = Mutex(State(ring: ring))
    }

    /// Reads the file.
    package init(_ file: KeyFile) throws(KeyMistake) {
        self.file = file
        let stamp = file.stamp
        state = Mutex(State(ring: try file.read(), stamp: stamp))
    }

    /// Versions in memory, ascending.
    package var versions: [Int] { state.withLock { $0.ring.versions } }

    /// The version that wraps new keys.
    package var currentVersion: Int { state.withLock { $0.current ?? $0.ring.current.version } }

    /// The key that wraps new keys.
    package var current: KeyRing.VersionedKey { get throws(KeyMistake) { try key(version: currentVersion) } }

    /// The key of a version. Reads the file again where the version is not known yet.
    package func key(version: Int) throws(KeyMistake) -> KeyRing.VersionedKey {
        if let key = state.withLock({ $0.ring.key(version: version) }) { return key }
        try refresh()
        guard let key = state.withLock({ $0.ring.key(version: version) }) else { throw .unknownVersion(version) }
        return key
    }

    /// Makes the version current that is current in the key store. Error: the file has another key under that number,
    /// or none; then the version is not used.
    package func follow(_ version: Int, probe: [UInt8]) throws(KeyMistake) {
        try prove(version, by: probe)
        state.withLock { $0.current = version }
    }

    /// Checks that the version's key made the probe, since two key files may hold different keys under one number.
    /// Reads the file again, once, where the key in memory is another.
    package func prove(_ version: Int, by probe: [UInt8]) throws(KeyMistake) {
        if isProven(version, by: probe) { return }
        if try !key(version: version).opens(probe) {
            try refresh()
            guard try key(version: version).opens(probe) else { throw .wrongVersion(version) }
        }
        // Another thread may have read another key from the file meanwhile: notes the probe only if the held key opens
        // it.
        let isHeld = state.withLock { state in
            guard state.ring.key(version: version)?.opens(probe) == true else { return false }
            state.probes[version] = probe
            return true
        }
        guard isHeld else { throw .wrongVersion(version) }
    }

    /// Whether the version's key is in memory and has opened the key store's probe.
    package func isProven(_ version: Int) -> Bool {
        state.withLock { $0.probes[version] != nil && $0.ring.key(version: version) != nil }
    }

    /// Reads the file again if it changed. Error: the file cannot be used; the keys in memory stay as they were.
    package func refresh() throws(KeyMistake) {
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

    /// The versions in memory and their check values, in the same order; different keys of one number differ in the
    /// value.
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
    /// A random key without any other use, wrapped under this one; `opens` recognises this key by it.
    func probe() -> [UInt8] { encryption.wrap(.random()) }

    /// Whether this is the key that made the probe.
    func opens(_ probe: [UInt8]) -> Bool { (try? encryption.unwrap(probe)) != nil }

    /// A check value that is equal for equal keys only. It is no secret: nothing of the key can be computed from it.
    var check: [UInt8] {
        Array(MACKey(mac.hmacSHA256(checkPurpose)).hmacSHA256(checkPurpose).prefix(checkLength))
    }
}
