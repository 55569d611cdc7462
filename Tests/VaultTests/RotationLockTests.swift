import Cryptography
import Foundation
import PostgreSQL
import TestSupport
import Testing
import VaultDomain

@testable import Keys
@testable import VaultService

/// One rotation at a time, and no version leaves the file that a row needs, whatever the row says.
@Suite(.database)
struct RotationLockTests {
    /// Ends the connection that holds the lock of rotations.
    private static let ending = """
        SELECT pg_terminate_backend(pid, 5000) FROM pg_locks
        WHERE locktype = 'advisory' AND objsubid = 1 AND (classid::bigint << 32) + objid::bigint
            = 'key_holder'::regclass::oid::bigint AND pid <> pg_backend_pid()
        """

    private func endLock(_ sample: RotationSample) async throws {
        let url = try #require(TestDatabase.url)
        let schema = try await sample.pool.run([Statement("SELECT current_schema::text")])[0][0].text(0)
        let connection = try await Connection.open(try DatabaseAddress(url: url), name: "test")
        try await connection.execute(script: "SET search_path = \(schema)")
        #expect(try await connection.run(Statement(Self.ending)).count == 1)
        await connection.close()
    }

    @Test("V1 a rotation whose lock is gone makes no version current")
    func makesNothingCurrent() async throws {
        try await RotationSample.with(versions: 1) { sample in
            _ = try await sample.started()
            let versions = KeyVersionStore(pool: sample.pool)
            _ = try await versions.beat("vault/a", HeldKeys(try keyRing(1)))
            let outcome = Task {
                try await sample.rotation().run(patience: .seconds(20)) { _ in }
            }
            while try !sample.file.read().versions.contains(2) { try await Task.sleep(for: .milliseconds(20)) }
            try await endLock(sample)
            try await versions.leave("vault/a")
            await #expect(throws: DatabaseError.self) { try await outcome.value }
            #expect(try await sample.count("key_version") == 1)
            #expect(try await sample.rotate() == 2)
        }
    }

    @Test("V1 a removal whose lock is gone leaves the key file as it is")
    func removesNothing() async throws {
        try await RotationSample.with(versions: 1) { sample in
            let vault = try await sample.started(), versions = KeyVersionStore(pool: sample.pool)
            try await sample.rotate()
            let stale = HeldKeys(try keyRing(1))
            await #expect(throws: KeyMistake.unknownVersion(2)) { try await versions.beat("vault/a", stale) }
            let (waiting, signal) = AsyncStream.makeStream(of: Void.self)
            let outcome = Task {
                try await sample.rotation().removeOld(patience: .seconds(20)) { _ in signal.yield() }
            }
            for await _ in waiting { break }
            try await endLock(sample)
            try await versions.leave("vault/a")
            await #expect(throws: DatabaseError.self) { try await outcome.value }
            #expect(try sample.file.read().versions == [1, 2])
            #expect(vault.ring.versions == [1])
        }
    }

    @Test("V1 one command at a time changes the key files of a folder, whatever their key stores")
    func folder() async throws {
        try await RotationSample.with(versions: 1) { sample in
            _ = try await sample.started()
            try await sample.file.locked {
                await #expect(throws: RotationRefusal.running) { try await sample.rotate() }
                await #expect(throws: RotationRefusal.running) {
                    try await sample.rotation().removeOld(patience: .zero) { _ in }
                }
            }
            #expect(try sample.file.read().versions == [1])
            #expect(try await sample.rotate() == 2)
        }
    }

    @Test("V1 an old version that a row needs which names the current one is not removed; the next rotation mends it")
    func misplaced() async throws {
        try await RotationSample.with(versions: 1) { sample in
            let vault = try await sample.started()
            let index = try vault.ring.current.probe()
            let sealed = try await sample.seal(["c-1", "c-2"], vault)
            let keep = "CREATE TABLE kept AS SELECT contact, keys FROM contact_key"
            _ = try await sample.pool.run([Statement(keep)])
            try await sample.rotate()
            let back = """
                UPDATE contact_key c SET keys = k.keys FROM kept k WHERE k.contact = c.contact AND c.contact = 'c-2'
                """
            let indexes = "INSERT INTO index_key (field, version, wrapped) VALUES ('creditCard', 2, $1)"
            _ = try await sample.pool.run([Statement(back), Statement(indexes, [.bytes(index)])])
            await #expect(throws: RotationRefusal.misplaced(2)) {
                try await sample.rotation().removeOld(patience: .zero) { _ in }
            }
            #expect(try sample.file.read().versions == [1, 2])
            #expect(try await sample.rotate() == 3)
            #expect(try await sample.rotation().removeOld(patience: .zero) { _ in } == [1, 2])
            #expect(try await sample.opens(sealed, try await sample.started()))
        }
    }

    @Test("V1 a row that names another version than the one that wraps it counts as garbled, and is mended")
    func garbled() async throws {
        try await RotationSample.with(versions: 1) { sample in
            let vault = try await sample.started()
            let sealed = try await sample.seal(["c-1"], vault)
            let keep = "CREATE TABLE kept AS SELECT contact, keys FROM contact_key"
            _ = try await sample.pool.run([Statement(keep)])
            try await sample.rotate()
            let back = "UPDATE contact_key c SET keys = k.keys FROM kept k WHERE k.contact = c.contact"
            _ = try await sample.pool.run([Statement(back)])
            let keys = try #require(try await vault.keys(of: ["c-1"])["c-1"])
            #expect(keys.garbled != nil && keys.version == 2)
            #expect(try await sample.opens(sealed, vault))
            let change = KeyStore.Change(contact: "c-1", version: 2, mended: keys)
            #expect(try await vault.save([change])["c-1"]?.garbled == nil)
            #expect(try await sample.rotation().removeOld(patience: .zero) { _ in } == [1])
            #expect(try await sample.opens(sealed, try await sample.started()))
        }
    }
}
