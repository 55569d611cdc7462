import Cryptography
import Foundation
import Keys
import PostgreSQL
import TestSupport
import Testing
import VaultDomain

@testable import VaultService

/// A key store with a key file of its own, and values that are sealed under keys of the store.
struct RotationSample: Sendable {
    static let name = FieldName(stored: "creditCard"), other = FieldName(stored: "nationalId")

    let pool: Pool
    let file: KeyFile

    /// A fresh key store and file, for `body`.
    static func with(versions: Int..., body: (RotationSample) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "assent-keys-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = KeyFile(path: folder.appending(path: "vault.json").path)
        try write(versions, to: file)
        try await TestDatabase.withSchema(VaultMigrations.keys) { pool in
            try await body(RotationSample(pool: pool, file: file))
        }
    }

    private init(pool: Pool, file: KeyFile) {
        self.pool = pool
        self.file = file
    }

    /// Keys of these versions, the same in every test unless `offset` makes them others.
    static func write(_ versions: [Int], offset: UInt8 = 0, to file: KeyFile) throws {
        let keys = versions.map { version in
            let key = Base64URL.encode([UInt8](repeating: UInt8(version) + offset, count: 32))
            return #"{"version":\#(version),"key":"\#(key)"}"#
        }
        let text = #"{"keys":[\#(keys.joined(separator: ","))]}"#
        try Data(text.utf8).write(to: URL(filePath: file.path), options: .atomic)
    }

    /// A vault's key store as an instance has it that starts now.
    func started() async throws -> KeyStore {
        let store = KeyStore(pool: pool, ring: try HeldKeys(file))
        try await KeyVersionStore(pool: pool).settle(store.ring)
        return store
    }

    func rotation(batch: Int = 7) -> KeyRotation { KeyRotation(file, pool: pool, batchSize: batch) }

    @discardableResult
    func rotate(batch: Int = 7, patience: Duration = .seconds(5)) async throws -> Int {
        try await rotation(batch: batch).run(patience: patience) { _ in }
    }

    /// Stores a value of each contact as the vault does; returns them sealed.
    func seal(_ contacts: [String], _ store: KeyStore, name: FieldName = name) async throws -> [String: [UInt8]] {
        let held = try await store.keys(of: contacts)
        let changes = try contacts.map { contact in
            let cipher = store.cipher(contact: contact, keys: held[contact] ?? .none)
            return KeyStore.Change(
                contact: contact, version: cipher.version, fresh: [name: try cipher.freshKey()])
        }
        let saved = try await store.save(changes)
        var sealed: [String: [UInt8]] = [:]
        for contact in contacts {
            let cipher = store.cipher(contact: contact, keys: saved[contact] ?? .none)
            sealed[contact] = try cipher.seal("value of \(contact)", name: name)
        }
        return sealed
    }

    /// Whether every value opens with the keys that the store holds.
    func opens(_ sealed: [String: [UInt8]], _ store: KeyStore, name: FieldName = name) async throws -> Bool {
        let held = try await store.keys(of: Array(sealed.keys))
        return try sealed.allSatisfy { contact, value in
            let cipher = store.cipher(contact: contact, keys: held[contact] ?? .none)
            return try cipher.open(value, name: name) == "value of \(contact)"
        }
    }

    func count(_ condition: String) async throws -> Int64 {
        try await pool.run([Statement("SELECT count(*) FROM " + condition)])[0][0].int64(0)
    }

    func versionsInUse() async throws -> [Int64] {
        try await pool.run([Statement("SELECT v FROM versions_in_use() AS v ORDER BY v")])[0].map { try $0.int64(0) }
    }
}
