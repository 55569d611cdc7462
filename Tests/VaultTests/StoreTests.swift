import Cryptography
import Foundation
import Models
import PostgreSQL
import TestSupport
import Testing
import VaultDomain

@testable import Keys
@testable import VaultService

private let now = Timestamp(microseconds: 1_763_800_000_000_000)

/// Both databases, as two fresh schemas on the test's server.
@Suite(.database)
struct StoreTests {
    private let firstName = FieldName(stored: "firstName")
    private let shoeSize = FieldName(stored: "shoeSize")

    private func ring(_ versions: Int...) throws -> KeyRing {
        let keys = versions.map { version in
            let key = Base64URL.encode([UInt8](repeating: UInt8(version), count: 32))
            return #"{"version":\#(version),"key":"\#(key)"}"#
        }
        return try KeyRing(json: #"{"keys":[\#(keys.joined(separator: ","))]}"#)
    }

    private func withStores(
        _ versions: Int..., body: (FieldsStore, Pool) async throws -> Void
    ) async throws {
        try await TestDatabase.withSchema(VaultMigrations.data) { data in
            try await TestDatabase.withSchema(VaultMigrations.keys) { keys in
                let ring = try versions.count == 1 ? ring(versions[0]) : ring(versions[0], versions[1])
                try await body(FieldsStore(KeyStore(pool: keys, ring: HeldKeys(ring))), data)
            }
        }
    }

    private func load(_ contact: String, _ store: FieldsStore, _ data: Pool) async throws -> Fields {
        let rows = try await data.run(store.loading([contact]))
        return try await store.states(of: [contact], from: rows[...])[contact] ?? .unknown
    }

    private func save(_ contact: String, _ fields: Fields, _ store: FieldsStore, _ data: Pool) async throws {
        _ = try await data.run(try await store.saving([(contact, fields)], at: now))
    }

    private func text(_ name: FieldName, of contact: String, _ fields: Fields, _ store: FieldsStore) throws -> String? {
        let cipher = store.keys.cipher(contact: contact, keys: fields.keys)
        return try fields.values[name].flatMap { try cipher.text(of: $0, name: name) }
    }

    private func anna() throws -> Fields {
        var fields = Fields.unknown
        try fields.create(
            ContactEdit(
                address: .init(text: "anna@example.com", hashes: .init(newest: "h1")), locale: "de",
                fields: [firstName: "Anna", shoeSize: "38"]), rules: .none, by: "crm", at: now)
        return fields
    }

    @Test("E3 what was saved is loaded sealed, and opens with the keys that came with it")
    func roundTrip() async throws {
        try await withStores(1) { store, data in
            try await save("c-1", try anna(), store, data)
            let loaded = try await load("c-1", store, data)
            #expect(loaded.exists && loaded.addressHash == "h1")
            #expect(try text(.email, of: "c-1", loaded, store) == "anna@example.com")
            #expect(try text(.locale, of: "c-1", loaded, store) == "de")
            #expect(try text(firstName, of: "c-1", loaded, store) == "Anna")
            guard case .sealed = loaded.values[firstName] else {
                Issue.record("a loaded value is not sealed")
                return
            }
            let changes = try await data.run([Statement("SELECT account, address_hash FROM address_change")])[0]
            #expect(try changes.map { [try $0.text(0), try $0.text(1)] } == [["crm", "h1"]])
        }
    }

    @Test("a field that is written again keeps its key, one that is removed loses row and key")
    func keysFollowFields() async throws {
        try await withStores(1) { store, data in
            try await save("c-1", try anna(), store, data)
            var fields = try await load("c-1", store, data)
            let before = fields.keys.keys
            try fields.update(
                ContactEdit(fields: [firstName: "Anne", shoeSize: nil]), rules: .none, by: "crm", at: now)
            try await save("c-1", fields, store, data)
            let after = try await load("c-1", store, data)
            #expect(after.keys.keys[firstName] == before[firstName])
            #expect(after.keys.keys[shoeSize] == nil && after.values[shoeSize] == nil)
            #expect(try text(firstName, of: "c-1", after, store) == "Anne")
            #expect(after.addressHash == "h1")
        }
    }

    @Test("a writer who was stalled neither replaces nor destroys a key that is newer than what it read")
    func staleWriters() async throws {
        try await withStores(1) { store, data in
            let stale = try anna()
            try await save("c-1", stale, store, data)
            let first = try await load("c-1", store, data)
            // It knew of no keys; its values are sealed under those that hold.
            try await save("c-1", stale, store, data)
            let second = try await load("c-1", store, data)
            #expect(second.keys == first.keys)
            #expect(try text(firstName, of: "c-1", second, store) == "Anna")
            let gone = KeyStore.Change(contact: "c-1", version: 1, gone: [firstName: [1, 2, 3]])
            #expect(try await store.keys.save([gone])["c-1"] == first.keys)
        }
    }

    @Test("keys stay under their row's version, and a row that was wrapped anew meanwhile is tried again")
    func versions() async throws {
        try await withStores(1, 2) { store, data in
            let pool = store.keys.pool, versions = KeyVersionStore(pool: pool)
            try await versions.settle(HeldKeys(try ring(1)))
            let old = KeyStore.Change(contact: "c-1", version: 1, fresh: [:])
            _ = try await store.keys.save([old])
            let probe = try store.keys.ring.key(version: 2).probe()
            try await pool.withConnection { try await versions.makeCurrent(2, probe: probe, on: $0) }
            var fields = try await load("c-1", store, data)
            try fields.create(
                ContactEdit(address: .init(text: "a@example.com", hashes: .init(newest: "h1"))), rules: .none,
                by: "crm", at: now)
            try await save("c-1", fields, store, data)
            let loaded = try await load("c-1", store, data)
            #expect(loaded.keys.version == 1)
            #expect(try text(.email, of: "c-1", loaded, store) == "a@example.com")
            let error = await #expect(throws: DatabaseError.self) {
                try await store.keys.save([KeyStore.Change(contact: "c-1", version: 2, fresh: [firstName: [1]])])
            }
            #expect(error?.isRetriable == true)
            #expect(try await store.keys.keys(of: ["c-1"])["c-1"] == loaded.keys)
        }
    }
}
