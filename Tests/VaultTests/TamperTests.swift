import Cryptography
import Foundation
import Models
import PostgreSQL
import TestSupport
import Testing
import VaultDomain

@testable import Messaging
@testable import VaultService

private let card = FieldName(stored: "creditCard")
private let now = VaultSample.now

/// Both databases on a real server, changed behind the vault's back.
@Suite(.database)
struct TamperTests {
    private struct Vault {
        let sample: VaultSample
        let data: Pool
        let keys: Pool

        func load(_ contact: String = "c-1") async throws -> Fields {
            let rows = try await data.run(sample.store.loading([contact]))
            return try await sample.store.states(of: [contact], from: rows[...])[contact] ?? .unknown
        }

        func save(_ fields: Fields, _ contact: String = "c-1") async throws {
            _ = try await data.run(try await sample.store.saving([(contact, fields)], at: now))
        }

        func text(_ name: FieldName = card, of contact: String = "c-1") async throws -> String? {
            let fields = try await load(contact)
            let cipher = sample.store.keys.cipher(contact: contact, keys: fields.keys)
            return try fields.values[name].flatMap { try cipher.text(of: $0, name: name) }
        }

        func store(_ value: String, _ contact: String = "c-1") async throws {
            var fields = try await load(contact)
            if !fields.exists { fields = try sample.created() }
            try fields.store([(card, value)], rules: sample.environment.rules)
            try await save(fields, contact)
        }

        func order(lock: Bool, clear: Bool, _ sequence: Int64) async throws {
            var fields = try await load()
            _ = fields.order(card, lock: lock, clear: clear, sequence: sequence)
            try await save(fields)
        }

        func change(_ pool: Pool, _ sql: String) async throws { _ = try await pool.run([Statement(sql)]) }
    }

    private func withVault(_ body: (Vault) async throws -> Void) async throws {
        try await TestDatabase.withSchema(VaultMigrations.data) { data in
            try await TestDatabase.withSchema(VaultMigrations.keys) { keys in
                try await body(Vault(sample: try VaultSample(keys: keys), data: data, keys: keys))
            }
        }
    }

    @Test(
        "V1 a field's row that was tampered with does not open",
        arguments: [
            "sealed = set_byte(sealed, 0, get_byte(sealed, 0) # 1)",
            "sealed = set_byte(sealed, 14, get_byte(sealed, 14) # 1)",
            "sealed = set_byte(sealed, length(sealed) - 1, get_byte(sealed, length(sealed) - 1) # 1)",
            "sealed = substr(sealed, 1, length(sealed) - 1)", "sealed = substr(sealed, 2)",
            "sealed = sealed || '\\x00'", "sealed = '\\x00'", "sealed = ''",
            "contact = 'c-2'", "name = 'nationalId'",
        ])
    func fieldRow(_ change: String) async throws {
        try await withVault { vault in
            try await vault.store("4111111111111234")
            // Whoever can write there may name another's row; its key is then another.
            try await vault.store("5500000000000004", "c-2")
            try await vault.change(vault.data, "DELETE FROM field WHERE contact = 'c-2' AND name = 'creditCard'")
            let where_ = " WHERE contact = 'c-1' AND name = 'creditCard'"
            try await vault.change(vault.data, "UPDATE field SET \(change)" + where_)
            for (contact, name) in [("c-1", card), ("c-2", card), ("c-1", FieldName(stored: "nationalId"))] {
                let text = try? await vault.text(name, of: contact)
                #expect(text == nil)
            }
        }
    }

    @Test("V1 values swapped between contacts do not open")
    func swapped() async throws {
        try await withVault { vault in
            try await vault.store("4111111111111234")
            try await vault.store("5500000000000004", "c-2")
            let swap = """
                UPDATE field a SET sealed = b.sealed FROM field b WHERE a.name = b.name AND a.contact <> b.contact
                """
            try await vault.change(vault.data, swap)
            await #expect(throws: CryptographyError.cannotOpen) { try await vault.text() }
            // Nor with their keys swapped as well: the row's identity is in the seal.
            try await vault.change(
                vault.keys, "UPDATE contact_key a SET keys = b.keys FROM contact_key b WHERE a.contact <> b.contact")
            await #expect(throws: CryptographyError.cannotOpen) { try await vault.text() }
        }
    }

    @Test("V1 an old value that is put back does not open, after a new one or a clearing")
    func rolledBack() async throws {
        try await withVault { vault in
            try await vault.store("4111111111111234")
            try await vault.change(vault.data, "CREATE TABLE kept AS SELECT * FROM field")
            try await vault.store("5500000000000004")
            #expect(try await vault.text() == "5500000000000004")
            let back = "UPDATE field f SET sealed = k.sealed FROM kept k WHERE f.name = k.name"
            try await vault.change(vault.data, back)
            await #expect(throws: CryptographyError.cannotOpen) { try await vault.text() }

            try await vault.order(lock: true, clear: true, 1)
            #expect(try await vault.text() == nil)
            try await vault.change(vault.data, "INSERT INTO field SELECT * FROM kept WHERE name = 'creditCard'")
            #expect(try await vault.text() == nil)
            try await vault.order(lock: false, clear: false, 2)
            try await vault.store("340000000000009")
            try await vault.change(vault.data, back)
            await #expect(throws: CryptographyError.cannotOpen) { try await vault.text() }
        }
    }

    @Test(
        "V1 a key's row that was tampered with opens nothing",
        arguments: [
            "keys = jsonb_set(keys, '{creditCard}', keys->'@email')",
            "keys = jsonb_set(keys, '{creditCard}', '\"AAAA\"')",
            "keys = jsonb_set(keys, '{creditCard}', to_jsonb(reverse(keys->>'creditCard')))",
            "keys = jsonb_set(keys, '{creditCard}', '1')", "keys = jsonb_set(keys, '{creditCard}', '\"=\"')",
            "keys = keys - 'creditCard'", "keys = '[]'", "keys = '{}'", "contact = 'c-2'",
        ])
    func keyRow(_ change: String) async throws {
        try await withVault { vault in
            try await vault.store("4111111111111234")
            try await vault.change(vault.keys, "UPDATE contact_key SET \(change)")
            let text = try? await vault.text()
            #expect(text == nil)
        }
    }

    @Test("C1 a crash after the key is destroyed and before the batch is committed ends in cleared")
    func crash() async throws {
        try await withVault { vault in
            try await vault.store("4111111111111234")
            var fields = try await vault.load()
            _ = fields.order(card, lock: true, clear: true, sequence: 1)
            // The process ends here: the key store has committed, the data has not.
            _ = try await vault.sample.store.saving([("c-1", fields)], at: now)
            #expect(try await vault.text() == nil)
            var again = try await vault.load()
            #expect(again.values[card] != nil)
            let change = again.order(card, lock: true, clear: true, sequence: 1)
            #expect(change == .ordered(isLocked: true, cleared: true))
            try await vault.save(again)
            let after = try await vault.load()
            #expect(after.values[card] == nil && after.keys.keys[card] == nil)
            let lock = try #require(after.locks[card])
            #expect(lock.isLocked && lock.sequence == 1 && lock.isCleared)
        }
    }

    @Test("C1 cleared, granted and stored within one batch, the value has a key of its own")
    func sameBatch() async throws {
        try await withVault { vault in
            try await vault.store("4111111111111234")
            var fields = try await vault.load()
            let before = fields.keys.keys[card]
            _ = fields.order(card, lock: true, clear: true, sequence: 1)
            _ = fields.order(card, lock: false, clear: false, sequence: 2)
            try fields.store([(card, "5500000000000004")], rules: vault.sample.environment.rules)
            // As above, and once more: nothing is lost and nothing old is left.
            _ = try await vault.sample.store.saving([("c-1", fields)], at: now)
            var again = try await vault.load()
            _ = again.order(card, lock: true, clear: true, sequence: 1)
            _ = again.order(card, lock: false, clear: false, sequence: 2)
            try again.store([(card, "5500000000000004")], rules: vault.sample.environment.rules)
            try await vault.save(again)
            let after = try await vault.load()
            #expect(try await vault.text() == "5500000000000004")
            #expect(after.keys.keys[card] != nil && after.keys.keys[card] != before)
            let lock = try #require(after.locks[card])
            #expect(!lock.isLocked && lock.sequence == 2 && !lock.isCleared)
        }
    }

    @Test("C1 a lock that comes before the contact is kept and makes no contact")
    func lockFirst() async throws {
        try await withVault { vault in
            try await vault.order(lock: true, clear: true, 5)
            let loaded = try await vault.load()
            #expect(!loaded.exists && loaded.locks[card]?.sequence == 5)
            #expect(try await vault.data.run([Statement("SELECT count(*) FROM contact")])[0][0].int64(0) == 0)
        }
    }
}
