import Cryptography
import Foundation
import Keys
import PostgreSQL
import TestSupport
import Testing

@testable import VaultService

/// The key file and what is wrong with it.
@Suite(.database)
struct KeyFileTests {
    @Test("V1 a file that lacks a version in use, has another key for it, or only retired ones, is refused at start")
    func refusedAtStart() async throws {
        try await RotationSample.with(versions: 3) { sample in
            let vault = try await sample.started()
            let sealed = try await sample.seal(["c-1"], vault)
            for versions in [[2], [4], [1, 2, 4]] {
                try RotationSample.write(versions, to: sample.file)
                await #expect(throws: KeyMistake.unknownVersion(3)) { try await sample.started() }
            }
            try RotationSample.write([3], offset: 50, to: sample.file)
            await #expect(throws: KeyMistake.wrongVersion(3)) { try await sample.started() }
            await #expect(throws: KeyMistake.wrongVersion(3)) { try await sample.rotate() }
            // The instance that works keeps what it has.
            #expect(throws: KeyMistake.wrongVersion(3)) { try vault.ring.refresh() }
            try Data("{".utf8).write(to: URL(filePath: sample.file.path))
            #expect(throws: KeyMistake.self) { try vault.ring.refresh() }
            #expect(throws: KeyMistake.self) { try HeldKeys(sample.file) }
            try FileManager.default.removeItem(atPath: sample.file.path)
            #expect(throws: KeyMistake.self) { try vault.ring.refresh() }
            #expect(try await sample.opens(sealed, vault))
            try RotationSample.write([3], to: sample.file)
            try await sample.rotate()
            try RotationSample.write([3], to: sample.file)
            await #expect(throws: KeyMistake.unknownVersion(4)) { try await sample.started() }
        }
    }

    @Test("V1 a row under a version that never was opens all the same, and stops a rotation")
    func unknownRow() async throws {
        try await RotationSample.with(versions: 1) { sample in
            let vault = try await sample.started()
            let sealed = try await sample.seal(["c-1", "c-2"], vault)
            _ = try await sample.pool.run([Statement("UPDATE contact_key SET version = 9 WHERE contact = 'c-1'")])
            #expect(try await sample.opens(sealed, vault))
            #expect(try await sample.opens(sealed, try await sample.started()))
            await #expect(throws: KeyMistake.unknownVersion(9)) { try await sample.rotate() }
            _ = try await sample.pool.run([Statement("UPDATE contact_key SET version = 1 WHERE contact = 'c-1'")])
            #expect(try await sample.opens(sealed, vault))
        }
    }

    @Test("V1 a key that does not open stays, is counted, and keeps its version from being retired")
    func unreadable() async throws {
        try await RotationSample.with(versions: 1) { sample in
            let vault = try await sample.started()
            let sealed = try await sample.seal(["c-1", "c-2"], vault)
            let spoil = """
                UPDATE contact_key SET keys = jsonb_set(keys, '{creditCard}', '"AAAA"') WHERE contact = 'c-1'
                """
            _ = try await sample.pool.run([Statement(spoil)])
            await #expect(throws: RotationRefusal.unreadable(1)) { try await sample.rotate() }
            #expect(try await sample.versionsInUse() == [1, 2])
            #expect(try await sample.count("key_version WHERE retired_at IS NOT NULL") == 0)
            #expect(try await sample.opens(["c-2": try #require(sealed["c-2"])], vault))
            await #expect(throws: RotationRefusal.unfinished) {
                try await sample.rotation().removeOld(patience: .zero) { _ in }
            }
            _ = try await sample.pool.run([Statement("DELETE FROM contact_key WHERE contact = 'c-1'")])
            #expect(try await sample.rotate() == 2)
            #expect(try await sample.versionsInUse() == [2])
        }
    }

    @Test("V1 old versions leave the file when no row needs them, and no number is used twice")
    func removes() async throws {
        try await RotationSample.with(versions: 1) { sample in
            let vault = try await sample.started(), versions = KeyVersionStore(pool: sample.pool)
            let sealed = try await sample.seal(["c-1"], vault)
            try await sample.rotate()
            let stale = HeldKeys(try keyRing(1))
            await #expect(throws: KeyMistake.unknownVersion(2)) { try await versions.beat("vault/a", stale) }
            await #expect(throws: RotationRefusal.stillWrapping(["vault/a"], current: 2)) {
                try await sample.rotation().removeOld(patience: .zero) { _ in }
            }
            #expect(try sample.file.read().versions == [1, 2])
            _ = try await versions.beat("vault/a", vault.ring)
            try vault.ring.refresh()
            _ = try await versions.beat("vault/a", vault.ring)
            await #expect(throws: RotationRefusal.behind(["vault/a"], version: 2)) {
                try await sample.rotation().removeOld(patience: .zero) { _ in }
            }
            #expect(try sample.file.read().versions == [2])
            try vault.ring.refresh()
            _ = try await versions.beat("vault/a", vault.ring)
            #expect(vault.ring.versions == [2])
            #expect(try await sample.rotation().removeOld(patience: .zero) { _ in } == [])
            #expect(try await sample.opens(sealed, vault))
            #expect(try await sample.opens(sealed, try await sample.started()))
            try RotationSample.write([1], to: sample.file)
            await #expect(throws: KeyMistake.unknownVersion(2)) { try await sample.started() }
        }
    }

    @Test("V1 the file keeps its mode and its link, and what a killed command left goes")
    func keepsMode() async throws {
        try await RotationSample.with(versions: 1) { sample in
            let path = sample.file.path, link = path + ".link", left = path + ".new"
            try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: path)
            try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: path)
            try Data("left".utf8).write(to: URL(filePath: left))
            let before = HeldKeys(try sample.file.read())
            try KeyFile(path: link).add(version: 2)
            let attributes = try FileManager.default.attributesOfItem(atPath: path)
            #expect(attributes[.posixPermissions] as? Int == 0o640)
            #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == path)
            #expect(!FileManager.default.fileExists(atPath: left))
            let after = try sample.file.read()
            #expect(after.versions == [1, 2])
            let wrapped = try before.current.encryption.wrap(.random())
            _ = try #require(after.key(version: 1)).encryption.unwrap(wrapped)
            #expect(throws: CryptographyError.self) {
                try #require(after.key(version: 2)).encryption.unwrap(wrapped)
            }
            try sample.file.remove([1])
            #expect(try sample.file.read().versions == [2])
            #expect(throws: KeyMistake.self) { try sample.file.remove([2]) }
            #expect(try sample.file.read().versions == [2])
        }
    }
}
