import Cryptography
package import PostgreSQL

/// Between two queries of the versions that the instances hold.
private let pause = Duration.milliseconds(200)
/// Before rows that were locked or changed are tried again.
private let briefPause = Duration.milliseconds(20)

/// Rotates the key-encryption key, while the vault runs or is stopped. A rotation that ended at any step goes on there
/// when it is started again.
package struct KeyRotation: Sendable {
    /// One rotation at a time; the connection's end frees the lock.
    private static let locking = "SELECT pg_try_advisory_lock('key_holder'::regclass::oid::bigint)"
    private static let unlocking = "SELECT pg_advisory_unlock('key_holder'::regclass::oid::bigint)"
    private static let answering = "SELECT 1"
    /// Contacts in one statement: long enough to hide the round trip, short enough that a save rarely has to wait for
    /// its locks.
    private static let standardBatch = 500

    private let file: KeyFile
    private let pool: Pool
    private let batchSize: Int
    private var store: KeyVersionStore { KeyVersionStore(pool: pool) }

    /// `pool` needs two connections or more, one of which the rotation keeps.
    package init(_ file: KeyFile, pool: Pool, batchSize: Int? = nil) {
        self.file = file
        self.pool = pool
        self.batchSize = batchSize ?? Self.standardBatch
    }

    /// A rotation's progress.
    package enum Step: Sendable, Equatable {
        /// The key file has a new version.
        case added(Int)
        /// The number of running instances of the vault that do not hold the version yet.
        case waiting(instances: Int, for: Int)
        /// The version wraps all new keys from now on.
        case current(Int)
        /// The number of contacts' rows that were wrapped anew so far, and the approximate total.
        case rewrapped(Int, of: Int)
        /// No row needs these versions.
        case retired([Int])
    }

    /// Rotates to a new version, or to the one of an earlier, unfinished rotation. Returns the current version.
    ///
    /// `patience` is how long it waits for instances that lack the version. An error of `report` ends the rotation.
    package func run(patience: Duration, report: (Step) throws -> Void) async throws -> Int {
        try await alone { lock in
            let target = try await target(lock, report)
            let keys = try HeldKeys(file)
            if try await store.require(keys) != target {
                let key = try keys.key(version: target)
                let check = key.check, probe = key.probe()
                try await wait(patience, report, for: target, refusal: RotationRefusal.behind) {
                    $0.checks[target] != check
                }
                // The file may have been replaced while the rotation waited.
                guard try HeldKeys(file).key(version: target).check == check else {
                    throw KeyMistake.wrongVersion(target)
                }
                try await store.makeCurrent(target, probe: probe, on: lock)
                try keys.follow(target, probe: probe)
            }
            try report(.current(target))
            try await SealingKeyStore(pool: pool, keys: keys).turnOverWithVersion()
            try await rewrap(keys, report)
            try report(.retired(try await store.retire()))
            return target
        }
    }

    /// Takes the versions that no row needs out of the key file, and waits until no living instance holds them.
    /// Destroyed data keys that were wrapped under them can then not be recovered from a backup. Returns the versions.
    package func removeOld(patience: Duration, report: (Step) throws -> Void) async throws -> [Int] {
        try await alone { lock in
            let keys = try HeldKeys(file)
            guard let current = try await store.require(keys) else { throw RotationRefusal.noVault }
            guard try await !isUnfinished(), keys.versions.last == current else { throw RotationRefusal.unfinished }
            let old = keys.versions.filter { $0 != current }
            let inUse = try await store.versionsInUse()
            guard !old.contains(where: inUse.contains) else { throw RotationRefusal.unfinished }
            try await wait(patience, report, for: current, refusal: RotationRefusal.stillWrapping) {
                old.contains($0.wrapping)
            }
            if !old.isEmpty { try await remove(old, of: keys, lock) }
            try await wait(patience, report, for: current, refusal: RotationRefusal.behind) {
                $0.versions != [current]
            }
            return old
        }
    }

    /// Removes old versions from the key file, after trying the keys of all rows: a row with a wrong version number
    /// would otherwise lose its key.
    private func remove(_ old: [Int], of keys: HeldKeys, _ lock: Connection) async throws {
        let needing = try await WrappedRows(pool: pool).needing(
            try old.map { try keys.key(version: $0) }, insteadOf: try keys.current)
        guard needing == 0 else { throw RotationRefusal.misplaced(needing) }
        try await confirm(lock)
        try file.remove(Set(old))
    }

    /// Runs one rotation at a time, under two locks: the key store's excludes commands on other hosts, the key file's
    /// excludes commands with another key store.
    private func alone<Value: Sendable>(_ body: (Connection) async throws -> Value) async throws -> Value {
        try await file.locked {
            try await pool.withConnection { connection in
                guard try await connection.run(Statement(Self.locking))[0].bool(0) else {
                    throw RotationRefusal.running
                }
                do {
                    let value = try await body(connection)
                    _ = try await connection.run(Statement(Self.unlocking))
                    return value
                } catch {
                    // A closed connection has released its lock.
                    try? await connection.rollbackIfOpen()
                    if connection.isOpen { _ = try? await connection.run(Statement(Self.unlocking)) }
                    throw error
                }
            }
        }
    }

    /// Checks that the lock's connection is alive, before a step that cannot be undone: the lock ends with its
    /// connection.
    private func confirm(_ lock: Connection) async throws { _ = try await lock.run(Statement(Self.answering)) }

    /// The version to rotate to: the newest of the file, if it is not current yet or rows are left from before it
    /// became so; else a new one, unless another host's command has made one.
    private func target(_ lock: Connection, _ report: (Step) throws -> Void) async throws -> Int {
        let keys = try HeldKeys(file)
        guard let current = try await store.require(keys) else { throw RotationRefusal.noVault }
        let newest = keys.versions.last ?? current
        let isMissing = { (version: Int) in version > current && !keys.versions.contains(version) }
        let ahead = try await store.holders().filter { $0.versions.contains(where: isMissing) }
        if let version = ahead.flatMap(\.versions).filter(isMissing).max() {
            throw RotationRefusal.ahead(ahead.map(\.instance), version: version)
        }
        if newest > current { return newest }
        if try await isUnfinished() { return current }
        let known = try await store.versions().map(\.number)
        let next = (known + keys.versions + [current]).reduce(0, max) + 1
        try await confirm(lock)
        try file.add(version: next)
        try report(.added(next))
        return next
    }

    private func isUnfinished() async throws -> Bool {
        try await store.versions().contains { $0.isNeeded && !$0.isCurrent }
    }

    private func wait(
        _ patience: Duration, _ report: (Step) throws -> Void, for version: Int,
        refusal: ([String], Int) -> RotationRefusal, isBehind: (KeyVersionStore.Holder) -> Bool
    ) async throws {
        let end = ContinuousClock.now + patience
        while true {
            let behind = try await store.holders().filter(isBehind).map(\.instance)
            guard !behind.isEmpty else { return }
            try report(.waiting(instances: behind.count, for: version))
            guard .now < end else { throw refusal(behind, version) }
            try await Task.sleep(for: pause)
        }
    }

    /// Wraps all rows of old versions anew. It ends, since no new row uses an old version; it fails where a row does
    /// not open.
    private func rewrap(_ keys: HeldKeys, _ report: (Step) throws -> Void) async throws {
        let work = Rewrapping(pool: pool, keys: keys, batchSize: batchSize)
        let old = try await store.versionsInUse().filter { $0 != keys.currentVersion }
        var unreadable = try await SealingKeyStore(pool: pool, keys: keys).rewrap()
        var total = 0, done = 0
        for version in old { total += try await work.count(under: version) }
        for version in old {
            unreadable += try await work.walkIndexes(version)
            var missed = 0
            repeat {
                let result = try await work.walk(version) { count in
                    done += count
                    try report(.rewrapped(done, of: max(total, done)))
                }
                missed = result.missed
                if missed == 0 { unreadable += result.unreadable } else { try await Task.sleep(for: briefPause) }
            } while missed > 0
        }
        guard unreadable == 0 else { throw RotationRefusal.unreadable(unreadable) }
    }
}
