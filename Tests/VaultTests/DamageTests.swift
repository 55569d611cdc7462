import Cryptography
import Foundation
import Keys
import Models
import PostgreSQL
import TestSupport
import Testing
import VaultDomain

@testable import Messaging
@testable import VaultService

private let card = FieldName(stored: "creditCard")
private let national = FieldName(stored: "nationalId")
private let now = VaultSample.now

/// Rows that were changed by hand: they stop nobody, what can be read is read, and whoever writes mends them (V1).
@Suite(.database)
struct DamageTests {
    private struct Vault {
        let sample: VaultSample
        let data: Pool
        let keys: Pool

        func load() async throws -> Fields {
            let contacts = ["c-1", "c-2"]
            let rows = try await data.run(sample.store.loading(contacts))
            let states = try await sample.store.states(of: contacts, from: rows[...])
            let other = try #require(states["c-2"])
            #expect(try text(card, in: other, of: "c-2") == "2222", "another contact of the batch")
            return try #require(states["c-1"])
        }

        func save(_ fields: Fields, _ contact: String = "c-1") async throws {
            _ = try await data.run(try await sample.store.saving([(contact, fields)], at: now))
        }

        func text(_ name: FieldName, in fields: Fields, of contact: String = "c-1") throws -> String? {
            let cipher = sample.store.keys.cipher(contact: contact, keys: fields.keys)
            return try fields.values[name].flatMap { try cipher.text(of: $0, name: name) }
        }

        func store(_ value: String, _ name: FieldName = card) async throws {
            var fields = try await load()
            try fields.store([(name, value)], rules: sample.environment.rules)
            try await save(fields)
        }
    }

    private func withVault(_ body: (Vault) async throws -> Void) async throws {
        try await TestDatabase.withSchema(VaultMigrations.data) { data in
            try await TestDatabase.withSchema(VaultMigrations.keys) { keys in
                let sample = try VaultSample(keys: keys)
                try await KeyVersionStore(pool: keys).settle(sample.environment.keys.ring)
                let vault = Vault(sample: sample, data: data, keys: keys)
                for (contact, value) in [("c-1", "1111"), ("c-2", "2222")] {
                    var fields = try sample.created()
                    _ = fields.order(national, lock: false, clear: false, sequence: 1)
                    try fields.store([(card, value), (national, "1234567")], rules: sample.environment.rules)
                    try await vault.save(fields, contact)
                }
                try await body(vault)
            }
        }
    }

    private static let keyRows = [
        "keys = jsonb_set(keys, '{creditCard}', '1')", "keys = jsonb_set(keys, '{creditCard}', 'null')",
        "keys = jsonb_set(keys, '{creditCard}', '\"=\"')", "keys = jsonb_set(keys, '{creditCard}', '\"\"')",
        "keys = jsonb_set(keys, '{creditCard}', '\"AAAA\"')", "keys = jsonb_set(keys, '{creditCard}', '[{}]')",
        "keys = jsonb_set(keys, '{creditCard}', to_jsonb(reverse(keys->>'creditCard')))",
        "keys = jsonb_set(keys, '{creditCard}', to_jsonb((keys->>'creditCard') || '='))",
        "keys = jsonb_set(keys, '{creditCard}', keys->'@email')", "keys = jsonb_set(keys, '{nationalId}', '1')",
        "keys = jsonb_set(keys, '{@email}', '\"x\"')", "keys = keys || '{\"\": 1e400}'", "keys = keys - 'creditCard'",
        "keys = '{}'", "keys = '[]'", "keys = '1'", "keys = 'null'", "keys = '\"x\"'",
        "keys = (repeat('[', 900) || repeat(']', 900))::jsonb", "version = 99", "version = -1", "version = 2147483647",
        "version = 99, keys = '[1]'", "version = 99, keys = jsonb_set(keys, '{creditCard}', '\"x\"')",
        "contact = 'c-3'",
    ]

    @Test(
        "V1 whatever stands in a key's row, it stops no other contact, shows nothing wrong, and is mended by a store",
        arguments: keyRows)
    func keyRow(_ change: String) async throws {
        try await withVault { vault in
            _ = try await vault.keys.run([
                Statement(varying: "UPDATE contact_key SET \(change) WHERE contact = 'c-1'", [])
            ])
            for (name, value) in [(card, "1111"), (national, "1234567"), (.email, "anna@example.com")] {
                do {
                    let text = try vault.text(name, in: try await vault.load())
                    #expect(text == nil || text == value)
                } catch CryptographyError.cannotOpen {}
            }
            try await vault.store("3333")
            let after = try await vault.load()
            #expect(try vault.text(card, in: after) == "3333")
            let row = try await vault.keys.run([Statement("SELECT version FROM contact_key WHERE contact = 'c-1'")])[0][
                0]
            #expect(try row.int64(0) == 1)
            #expect(after.keys.garbled == nil)
        }
    }

    @Test("C1 a revocation clears what cannot be opened, and a grant begins anew", arguments: keyRows)
    func revoked(_ change: String) async throws {
        try await withVault { vault in
            _ = try await vault.keys.run([
                Statement(varying: "UPDATE contact_key SET \(change) WHERE contact = 'c-1'", [])
            ])
            var fields = try await vault.load()
            let change = fields.order(card, lock: true, clear: true, sequence: 5)
            #expect(change == .ordered(isLocked: true, cleared: true))
            try await vault.save(fields)
            fields = try await vault.load()
            #expect(fields.values[card] == nil && (fields.keys.keys[card]?.count ?? 0) != AESKey.wrappedLength)
            _ = fields.order(card, lock: false, clear: false, sequence: 6)
            try await vault.save(fields)
            try await vault.store("4444")
            #expect(try vault.text(card, in: try await vault.load()) == "4444")
        }
    }

    @Test("V1 a version that others hold already is waited for, and nothing of its row is touched")
    func versionOfOthers() async throws {
        try await withVault { vault in
            _ = try await vault.keys.run([
                Statement("INSERT INTO key_version (version, probe, superseded_at) VALUES (2, '\\x00', now())"),
                Statement("UPDATE contact_key SET version = 2 WHERE contact = 'c-1'"),
            ])
            await #expect(throws: KeyMistake.unknownVersion(2)) { try await vault.load() }
        }
    }

    @Test(
        "C1 a lock whose number was changed is read, and what the service reads never ends it",
        arguments: ["-1", "-9223372036854775808", "0", "9223372036854775807"])
    func sequence(_ number: String) async throws {
        try await withVault { vault in
            _ = try await vault.data.run([Statement(varying: "UPDATE field_lock SET sequence = \(number)", [])])
            let lock = try await vault.load().locks[national]
            #expect(lock?.sequence == Int64(number))
        }
    }

    @Test("V3 an hour that begins at no possible time is over", arguments: ["infinity", "-infinity", "9999-01-01"])
    func hour(_ time: String) async throws {
        try await withVault { vault in
            let viewer = Viewer.user("grace").key
            let store = vault.sample.store
            _ = try await vault.data.run([
                Statement(
                    varying: "INSERT INTO reveal_hour VALUES ($1, '\(time)', 60, 60, 3, 'creditCard')", [.text(viewer)])
            ])
            let rows = try await vault.data.run(store.loadingShared(of: ["c-1"], and: [viewer]))
            var hour = try #require(try store.shared(from: rows[...])[viewer])
            let rest = hour.begin(at: .now)
            let isReleased = hour.release(limit: 60)
            #expect(rest == .init(count: 3, field: "creditCard") && isReleased)
        }
    }

    @Test("X4 a sealing key that does not open opens what is under way, and another takes its place")
    func sealingKey() async throws {
        try await TestDatabase.withSchema(VaultMigrations.keys) { pool in
            let ring = HeldKeys(try keyRing(1))
            try await KeyVersionStore(pool: pool).settle(ring)
            let keys = SealingKeys(store: SealingKeyStore(pool: pool, keys: ring))
            try await keys.start()
            let first = try #require(keys.published)
            let sealed = JWE.seal([1], to: first, header: ["sub": "c-1", "field": "creditCard"])
            let settle = Statement("UPDATE sealing_key SET created_at = now() - interval '6 s'")
            _ = try await pool.run([settle, Statement("UPDATE sealing_key SET sealed = ''")])
            try await keys.refresh()
            // Others may not have the new one yet.
            #expect(keys.published == first && keys.open(sealed, contact: "c-1", field: "creditCard") == [1])
            _ = try await pool.run([settle])
            try await keys.refresh()
            let second = try #require(keys.published)
            #expect(second != first && keys.open(sealed, contact: "c-1", field: "creditCard") == [1])
            let later = SealingKeys(store: SealingKeyStore(pool: pool, keys: ring))
            try await later.start()
            #expect(later.published == second && later.open(sealed, contact: "c-1", field: "creditCard") == nil)
            _ = try await pool.run([Statement("DELETE FROM sealing_key")])
            try await later.refresh()
            #expect(later.published != nil && later.published != second)
        }
    }
}
