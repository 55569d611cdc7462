import Cryptography
import Foundation
import PostgreSQL
import TestSupport
import Testing
import VaultDomain

@testable import Keys
@testable import VaultService

/// A version's number is no proof of its key: hosts whose files have different keys under one number lose nothing.
@Suite(.database)
struct KeyProofTests {
    /// Another host's file, with version 1 as everywhere, and instances that read it.
    private func elsewhere(_ sample: RotationSample) throws -> KeyFile {
        let folder = URL(filePath: sample.file.path).deletingLastPathComponent().appending(path: "elsewhere")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let file = KeyFile(path: folder.appending(path: "vault.json").path)
        try RotationSample.write([1], to: file)
        return file
    }

    @Test("V1 a version that another host's rotation has begun is not made a second time")
    func ahead() async throws {
        try await RotationSample.with(versions: 1) { sample in
            let vault = try await sample.started(), versions = KeyVersionStore(pool: sample.pool)
            let sealed = try await sample.seal(["c-1"], vault)
            let file = try elsewhere(sample)
            _ = try await versions.beat("vault/a", vault.ring)
            await #expect(throws: RotationRefusal.behind(["vault/a"], version: 2)) {
                try await sample.rotate(patience: .zero)
            }
            try vault.ring.refresh()
            _ = try await versions.beat("vault/a", vault.ring)
            let other = KeyRotation(file, pool: sample.pool)
            await #expect(throws: RotationRefusal.ahead(["vault/a"], version: 2)) {
                try await other.run(patience: .zero) { _ in }
            }
            #expect(try file.read().versions == [1])
            // With the file from there it goes on.
            try FileManager.default.removeItem(atPath: file.path)
            try FileManager.default.copyItem(atPath: sample.file.path, toPath: file.path)
            #expect(try await other.run(patience: .zero) { _ in } == 2)
            #expect(try await sample.opens(sealed, vault))
        }
    }

    @Test("V1 a version does not become current while an instance holds another key under its number")
    func sameNumber() async throws {
        try await RotationSample.with(versions: 1) { sample in
            let vault = try await sample.started(), versions = KeyVersionStore(pool: sample.pool)
            let file = try elsewhere(sample)
            try sample.file.add(version: 2)
            try file.add(version: 2)
            try vault.ring.refresh()
            _ = try await versions.beat("vault/a", vault.ring)
            let other = KeyRotation(file, pool: sample.pool)
            await #expect(throws: RotationRefusal.behind(["vault/a"], version: 2)) {
                try await other.run(patience: .zero) { _ in }
            }
            #expect(try await sample.count("key_version") == 1)
            // An instance of a release that names no check value proves nothing.
            _ = try await sample.pool.run([Statement("UPDATE key_holder SET checks = '{}'")])
            await #expect(throws: RotationRefusal.behind(["vault/a"], version: 2)) {
                try await sample.rotate(patience: .zero)
            }
        }
    }

    @Test("V1 who holds another key under the current number uses it for nothing, and drops and retires nothing")
    func wrongKey() async throws {
        try await RotationSample.with(versions: 1) { sample in
            let vault = try await sample.started(), versions = KeyVersionStore(pool: sample.pool)
            let sealing = SealingKeyStore(pool: sample.pool, keys: vault.ring)
            try await sealing.makeFirst()
            let sealed = try await sample.seal(["c-1"], vault)
            let file = try elsewhere(sample)
            try sample.file.add(version: 2)
            try vault.ring.refresh()
            // It is not seen while the other host rotates: it does not count as living.
            #expect(try await KeyRotation(file, pool: sample.pool).run(patience: .zero) { _ in } == 2)
            let right = try file.read()
            await #expect(throws: KeyMistake.wrongVersion(2)) { try await vault.keys(of: ["c-1"]) }
            await #expect(throws: KeyMistake.wrongVersion(2)) { try await versions.beat("vault/a", vault.ring) }
            await #expect(throws: KeyMistake.wrongVersion(2)) { try await sealing.contents() }
            #expect(vault.ring.currentVersion == 1 && !vault.ring.isProven(2))
            #expect(try await sample.count("sealing_key") == 2)
            #expect(try await sample.count("sealing_key WHERE retired_at IS NULL") == 1)
            // The right file ends it, without a start.
            try FileManager.default.removeItem(atPath: sample.file.path)
            try FileManager.default.copyItem(atPath: file.path, toPath: sample.file.path)
            #expect(try await sample.opens(sealed, vault))
            #expect(vault.ring.currentVersion == 2 && vault.ring.isProven(2))
            #expect(try vault.ring.current.check == right.current.check)
        }
    }

    @Test("V1 what does not open is called garbled only where the version's key was proven to be the right one")
    func unproven() throws {
        let ring = HeldKeys(try keyRing(1)), probe = try ring.current.probe()
        let name = RotationSample.name
        let wrapped = WrappedKeys(version: 1, keys: [name: AESKey.random().wrap(.random())])
        let cipher = FieldCipher(ring: ring, contact: "c-1", keys: wrapped)
        #expect(throws: KeyMistake.unproven(1)) { try cipher.hasKey(name) }
        #expect(throws: KeyMistake.wrongVersion(1)) { try ring.prove(1, by: AESKey.random().wrap(.random())) }
        #expect(throws: KeyMistake.unproven(1)) { try cipher.hasKey(name) }
        try ring.prove(1, by: probe)
        #expect(try !cipher.hasKey(name))
    }

    @Test("V1 a proven key is not replaced by another of its number, even after the file was without it")
    func replaced() async throws {
        try await RotationSample.with(versions: 1, 2) { sample in
            let vault = try await sample.started()
            #expect(vault.ring.isProven(2))
            try RotationSample.write([1], to: sample.file)
            try vault.ring.refresh()
            #expect(!vault.ring.isProven(2))
            try RotationSample.write([1, 2], offset: 50, to: sample.file)
            #expect(throws: KeyMistake.wrongVersion(2)) { try vault.ring.refresh() }
            try RotationSample.write([1, 2], to: sample.file)
            try vault.ring.refresh()
            #expect(vault.ring.isProven(2))
        }
    }

    @Test("V1 check values tell keys apart, whatever their numbers, and are not what any key yields elsewhere")
    func checks() throws {
        let keys = try keyRing(1, 2), one = try #require(keys.key(version: 1)), two = try #require(keys.key(version: 2))
        #expect(one.check == (try keyRing(1).current.check) && one.check != two.check && one.check.count == 16)
        #expect(one.check != Array(one.mac.hmacSHA256([UInt8]("assent vault key check 1".utf8)).prefix(16)))
    }

    @Test(
        "V1 a key store of an older release takes no key for the right one that opens none of its rows",
        arguments: ["contact_key", "index_key", "sealing_key"])
    func upgrade(_ table: String) async throws {
        try await RotationSample.with(versions: 1) { sample in
            let vault = try await sample.started()
            switch table {
            case "contact_key": _ = try await sample.seal(["c-1", "c-2"], vault)
            case "sealing_key": try await SealingKeyStore(pool: sample.pool, keys: vault.ring).makeFirst()
            default:
                let row = "INSERT INTO index_key (field, version, wrapped) VALUES ('creditCard', 1, $1)"
                _ = try await sample.pool.run([Statement(row, [.bytes(try vault.ring.current.probe())])])
            }
            _ = try await sample.pool.run([Statement("DELETE FROM key_version")])
            try RotationSample.write([1], offset: 50, to: sample.file)
            await #expect(throws: KeyMistake.wrongKey) { try await sample.started() }
            #expect(try await sample.count("key_version") == 0)
            try RotationSample.write([1], to: sample.file)
            // One row that was changed by hand stops nobody.
            let spoil = """
                UPDATE contact_key SET keys = jsonb_set(keys, '{creditCard}', to_jsonb(repeat('A', 54)))
                WHERE contact = 'c-1'
                """
            _ = try await sample.pool.run([Statement(spoil)])
            _ = try await sample.started()
            #expect(try await sample.count("key_version") == 1)
        }
    }
}
