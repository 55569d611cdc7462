import Cryptography
public import PostgreSQL

/// Between two looks at who holds what.
private let pause = Duration.milliseconds(200)
/// Before rows that somebody held are met again.
private let briefPause = Duration.milliseconds(20)

/// A rotation of the key-encryption key, while the vault works or stands. Every step can be the last: begun again, it
/// goes on where it was ended.
public struct KeyRotation: Sendable {
    /// One rotation at a time; the connection's end frees the lock.
    private static let locking = "SELECT pg_try_advisory_lock('key_holder'::regclass::oid::bigint)"
    private static let unlocking = "SELECT pg_advisory_unlock('key_holder'::regclass::oid::bigint)"
    private static let answering = "SELECT 1"
    /// Contacts in one statement: long enough to hide the round trip, short enough that a save hardly ever meets it.
    private static let standardBatch = 500

    private let file: KeyFile
    private let pool: Pool
    private let batchSize: Int
    private var store: KeyVersionStore { KeyVersionStore(pool: pool) }

    /// `pool` needs two connections or more, one of which the rotation keeps.
    public init(_ file: KeyFile, pool: Pool, batchSize: Int? = nil) {
        self.file = file
        self.pool = pool
        self.batchSize = batchSize ?? Self.standardBatch
    }

    /// What a rotation tells while it goes on.
    public enum Step: Sendable, Equatable {
        /// The key file has a new version.
        case added(Int)
        /// So many living instances of the vault do not hold the version yet.
        case waiting(instances: Int, for: Int)
        /// The version wraps what is new from now on.
        case current(Int)
        /// Rows of contacts that were wrapped anew so far, of about so many.
        case rewrapped(Int, of: Int)
        /// No row needs these versions.
        case retired([Int])
    }

    /// Rotates: a new version, or the one that a rotation before has left unfinished. Returns the current version.
    ///
    /// `patience` is how long it waits for instances that lack the version. What `report` throws ends it.
    public func run(patience: Duration, report: (Step) throws -> Void) async throws -> Int {
        try await alone { lock in
            let target = try await target(lock, report)
            let keys = try HeldKeys(file)
            if try await store.require(keys) != target {
                let key = try keys.key(version: target)
                let check = key.check, probe = key.probe()
                try await wait(patience, report, for: target, refusal: RotationRefusal.behind) {
                    $0.checks[target] != check
                }
                // The file may be another one by now.
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

    /// Takes the versions that no row needs out of the key file, and waits until no living instance holds them. What
    /// was destroyed under them is then out of reach for good. Returns them.
    public func removeOld(patience: Duration, report: (Step) throws -> Void) async throws -> [Int] {
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

    /// What the rows say of their version is not enough here, for their keys would be gone.
    private func remove(_ old: [Int], of keys: HeldKeys, _ lock: Connection) async throws {
        let needing = try await WrappedRows(pool: pool).needing(
            try old.map { try keys.key(version: $0) }, insteadOf: try keys.current)
        guard needing == 0 else { throw RotationRefusal.misplaced(needing) }
        try await confirm(lock)
        try file.remove(Set(old))
    }

    /// One rotation at a time: the key store's lock is for all hosts, the one beside the file for commands that were
    /// given different key stores.
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
                    // With the connection the lock is gone too.
                    try? await connection.rollbackIfOpen()
                    if connection.isOpen { _ = try? await connection.run(Statement(Self.unlocking)) }
                    throw error
                }
            }
        }
    }

    /// The lock is as long-lived as its connection: before what cannot be undone it has to answer.
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

    /// Nothing new comes under an old version: so this ends, unless a row does not open.
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
