import Cryptography
import Foundation
import PostgreSQL
import TestSupport
import Testing
import VaultDomain

@testable import Keys
@testable import VaultService

/// The key-encryption key's rotation on a real server.
@Suite(.database)
struct RotationTests {
    private struct Killed: Error {}
    private let contacts = (0..<40).map { "c-\($0)" }

    @Test("V1 after a rotation every value opens, nothing is under the old version, and that one is retired")
    func rotates() async throws {
        try await RotationSample.with(versions: 1) { sample in
            let vault = try await sample.started()
            let sealed = try await sample.seal(contacts, vault)
            let index = AESKey.random()
            _ = try await sample.pool.run([
                Statement(
                    "INSERT INTO index_key (field, version, wrapped) VALUES ('creditCard', 1, $1)",
                    [.bytes(try vault.ring.current.encryption.wrap(index))])
            ])
            var steps: [KeyRotation.Step] = []
            #expect(try await sample.rotation().run(patience: .zero) { steps.append($0) } == 2)
            #expect(steps.first == .added(2) && steps.last == .retired([1]))
            #expect(steps.contains(.current(2)) && steps.contains(.rewrapped(40, of: 40)))
            #expect(try await sample.versionsInUse() == [2])
            #expect(try await sample.opens(sealed, vault))
            let wrapped = try await sample.pool.run([Statement("SELECT wrapped FROM index_key")])[0][0].bytes(0)
            let unwrapped = try vault.ring.key(version: 2).encryption.unwrap(wrapped)
            #expect(try index.open(unwrapped.seal([1, 2], associatedData: []), associatedData: []) == [1, 2])
            #expect(try await sample.opens(sealed, try await sample.started()))
            #expect(try await sample.rotate() == 3)
            #expect(try await sample.opens(sealed, vault))
        }
    }

    @Test("V1 a rotation that is ended at any batch goes on with the same version", arguments: [0, 1, 3, 5])
    func killed(_ batches: Int) async throws {
        try await RotationSample.with(versions: 1) { sample in
            let vault = try await sample.started()
            let sealed = try await sample.seal(contacts, vault)
            var seen = -1
            await #expect(throws: Killed.self) {
                try await sample.rotation().run(patience: .zero) { step in
                    guard case .rewrapped = step else { return }
                    seen += 1
                    if seen == batches { throw Killed() }
                }
            }
            #expect(try await sample.versionsInUse() == [1, 2])
            #expect(try await KeyVersionStore(pool: sample.pool).retire() == [])
            #expect(try await sample.opens(sealed, vault))
            #expect(try await sample.opens(sealed, try await sample.started()))
            let more = try await sample.seal(["c-new", "c-1"], vault, name: RotationSample.other)
            await #expect(throws: RotationRefusal.unfinished) {
                try await sample.rotation().removeOld(patience: .zero) { _ in }
            }
            #expect(try await sample.rotate() == 2)
            #expect(try await sample.versionsInUse() == [2])
            #expect(try await sample.opens(sealed, vault))
            #expect(try await sample.opens(more, vault, name: RotationSample.other))
        }
    }

    @Test("V1 ended after the new version is in the file, before it is current, a rotation goes on with it")
    func killedEarly() async throws {
        try await RotationSample.with(versions: 1) { sample in
            let vault = try await sample.started()
            let sealed = try await sample.seal(["c-1"], vault)
            await #expect(throws: Killed.self) {
                try await sample.rotation().run(patience: .zero) { _ in throw Killed() }
            }
            #expect(try sample.file.read().versions == [1, 2])
            let restarted = try await sample.started()
            #expect(restarted.ring.currentVersion == 1)
            #expect(try await sample.rotate() == 2)
            #expect(try await sample.opens(sealed, restarted))
        }
    }

    @Test("V1 saves that go on during rotations lose no key, whichever instance they come from")
    func concurrentSaves() async throws {
        try await RotationSample.with(versions: 1) { sample in
            let vaults = [try await sample.started(), try await sample.started()]
            let sealed = try await sample.seal(contacts, vaults[0])
            let names = (0..<30).map { FieldName(stored: "field-\($0)") }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for (number, vault) in vaults.enumerated() {
                    group.addTask {
                        for index in names.indices where index % 2 == number {
                            try await self.save(names[index], sample, vault)
                        }
                    }
                }
                group.addTask { for _ in 2...4 { try await sample.rotate() } }
                try await group.waitForAll()
            }
            #expect(try await sample.rotate() == 5)
            #expect(try await sample.versionsInUse() == [5])
            #expect(try await sample.opens(sealed, vaults[1]))
            for (contact, keys) in try await vaults[0].keys(of: contacts) {
                #expect(keys.keys.count == 31, "\(contact)")
                for wrapped in keys.keys.values { _ = try vaults[0].ring.current.encryption.unwrap(wrapped) }
            }
        }
    }

    /// As a batch does: what is refused because of a rotation is tried again.
    private func save(_ name: FieldName, _ sample: RotationSample, _ vault: KeyStore) async throws {
        while true {
            do {
                let sealed = try await sample.seal(contacts, vault, name: name)
                #expect(try await sample.opens(sealed, vault, name: name))
                return
            } catch let error as DatabaseError where error.isRetriable {
                continue
            }
        }
    }

    @Test("V1 an instance that missed the turn wraps nothing new under the old version, and finds the new one at once")
    func staleInstance() async throws {
        try await RotationSample.with(versions: 1) { sample in
            let stale = try await sample.started()
            try await sample.rotate()
            let old = try stale.ring.key(version: 1).encryption.wrap(.random())
            let change = KeyStore.Change(contact: "c-1", version: 1, fresh: [RotationSample.name: old])
            let error = await #expect(throws: DatabaseError.self) { try await stale.save([change]) }
            #expect(error?.isRetriable == true)
            #expect(try await sample.count("contact_key") == 0)
            #expect(stale.ring.versions == [1])
            let sealed = try await sample.seal(["c-1"], stale)
            #expect(stale.ring.currentVersion == 2 && stale.ring.versions == [1, 2])
            #expect(try await sample.opens(sealed, stale))
        }
    }

    @Test("V1 a version becomes current when every living instance holds it, and the command says who does not")
    func waitsForInstances() async throws {
        try await RotationSample.with(versions: 1) { sample in
            let vault = try await sample.started(), versions = KeyVersionStore(pool: sample.pool)
            let sealed = try await sample.seal(["c-1"], vault)
            _ = try await versions.beat("vault/a", vault.ring)
            let elsewhere = HeldKeys(try sample.file.read())
            _ = try await versions.beat("vault/b", elsewhere)
            await #expect(throws: RotationRefusal.behind(["vault/a", "vault/b"], version: 2)) {
                try await sample.rotate(patience: .zero)
            }
            #expect(try await sample.count("key_version") == 1)
            try vault.ring.refresh()
            _ = try await versions.beat("vault/a", vault.ring)
            try await versions.leave("vault/b")
            #expect(try await sample.rotate(patience: .zero) == 2)
            #expect(try await sample.opens(sealed, vault))
            // Who was not seen for long does not count.
            await #expect(throws: KeyMistake.unknownVersion(2)) { try await versions.beat("vault/b", elsewhere) }
            _ = try await sample.pool.run([
                Statement("UPDATE key_holder SET seen_at = now() - interval '7 s' WHERE instance = 'vault/b'")
            ])
            try sample.file.add(version: 3)
            try vault.ring.refresh()
            _ = try await versions.beat("vault/a", vault.ring)
            #expect(try await sample.rotate(patience: .zero) == 3)
        }
    }

    @Test("V1 the sealing key turns over once with a rotation, and what was sealed to the one before opens")
    func sealingKey() async throws {
        try await RotationSample.with(versions: 1) { sample in
            let vault = try await sample.started()
            let sealing = SealingKeys(store: SealingKeyStore(pool: sample.pool, keys: vault.ring))
            try await sealing.start()
            let first = try #require(sealing.published)
            let sealed = JWE.seal([7], to: first, header: ["sub": "c-1", "field": "creditCard"])
            await #expect(throws: Killed.self) {
                try await sample.rotation().run(patience: .zero) { if case .rewrapped = $0 { throw Killed() } }
            }
            #expect(try await sample.rotate() == 2)
            #expect(try await sample.count("sealing_key") == 2)
            #expect(try await sample.count("sealing_key WHERE version = 1") == 0)
            #expect(try await sample.count("sealing_key WHERE retired_at IS NULL") == 1)
            try await sealing.refresh()
            #expect(sealing.open(sealed, contact: "c-1", field: "creditCard") == [7])
            let settle = "UPDATE sealing_key SET created_at = created_at - interval '5 s'"
            _ = try await sample.pool.run([Statement(settle)])
            try await sealing.refresh()
            #expect(sealing.published?.thumbprint != first.thumbprint)
        }
    }
}
