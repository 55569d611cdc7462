import FieldMemory
import Foundation
import Models
import PostgreSQL
import Settings
import TestSupport
import Testing
import VaultDomain

@testable import Messaging
@testable import VaultService

private let now = VaultSample.now

@Suite(.database)
struct ExportTests {
    private func withVault(_ body: (VaultSample, Pool) async throws -> Void) async throws {
        try await TestDatabase.withSchema(VaultMigrations.data) { data in
            try await TestDatabase.withSchema(VaultMigrations.keys) { keys in
                try await body(try VaultSample(keys: keys), data)
            }
        }
    }

    private func export(_ data: JSON, _ sample: VaultSample, _ pool: Pool) async throws -> JSON {
        try await VaultExport(reading: try Reader(data, at: "/data")).answer(
            QueryContext(
                environment: sample.environment, message: sample.message("vault.export", data), pool: pool, now: now))
    }

    private func save(_ contacts: [String: Fields], _ sample: VaultSample, _ pool: Pool) async throws {
        let changed = contacts.sorted { $0.key < $1.key }.map { (key: $0.key, state: $0.value) }
        _ = try await pool.run(try await sample.store.saving(changed, at: now))
    }

    @Test("V4 an export shows what a read shows, of those contacts that there are")
    func exports() async throws {
        try await withVault { sample, pool in
            var anna = try sample.created()
            let values = [("creditCard", "4111111111111234"), ("firstName", "Anna"), ("size", "38")]
            try anna.store(values.map { (FieldName(stored: $0), $1) }, rules: sample.environment.rules)
            try await save(["c-1": anna, "c-2": try sample.created()], sample, pool)
            let erased = "INSERT INTO contact (id, created_at, erased_at) VALUES ('c-3', now(), now())"
            _ = try await pool.run([Statement(erased)])
            let contacts: JSON = ["c-2", "c-1", "c-3", "c-4"]
            let rows = try await export(["contacts": contacts], sample, pool)["rows"]?.elements ?? []
            #expect(rows.map { $0["contact"]?.text } == ["c-2", "c-1"])
            let read = try await sample.read(anna)["fields"]
            #expect(rows.last?["fields"] == read)
            #expect(
                rows.last?["fields"]?["creditCard"]
                    == ["masked": "\u{2022}\u{2022}\u{2022}\u{2022}1234", "state": "stored", "locked": false])
            #expect(rows.last?["fields"]?["nationalId"] == ["masked": nil, "state": "empty", "locked": true])
            let some = try await export(["contacts": contacts, "fields": ["size", "creditCard"]], sample, pool)["rows"]
            #expect(some?.elements?.last?["fields"]?.members?.map(\.name) == ["creditCard", "size"])
            #expect(some?.elements?.first?["fields"]?["size"]?["state"] == "empty")
            let unknown = await #expect(throws: Refusal.self) {
                try await export(["contacts": contacts, "fields": ["size", "boot"]], sample, pool)
            }
            #expect(unknown?.code == .invalidField && unknown?.pointer == "/data/fields/1")
        }
    }

    @Test("V4 a thousand contacts at most, and no answer beyond a message's length")
    func limits() async throws {
        try await withVault { sample, pool in
            let ids = (0..<1001).map { "c-\($0)" }
            let over: JSON = ["contacts": .array(ids.map { .string($0) })]
            let many = await #expect(throws: Refusal.self) { try await export(over, sample, pool) }
            #expect(many?.code == .tooLarge)
            var contact = try sample.created()
            let long = String(repeating: "x", count: 4000)
            try contact.store([(FieldName(stored: "firstName"), long)], rules: sample.environment.rules)
            try await save(Dictionary(uniqueKeysWithValues: ids.prefix(300).map { ($0, contact) }), sample, pool)
            let large: JSON = ["contacts": .array(ids.prefix(300).map { .string($0) })]
            let refused = await #expect(throws: Refusal.self) { try await export(large, sample, pool) }
            #expect(refused?.code == .tooLarge && refused?.message.contains("fewer `contacts` or `fields`") == true)
            let some: JSON = ["contacts": .array(ids.prefix(200).map { .string($0) })]
            #expect(try await export(some, sample, pool)["rows"]?.elements?.count == 200)
        }
    }
}

@Suite(.database)
struct SensitiveFieldTests {
    private func yaml(_ field: String) -> String { "brand: {name: A}\nfields: {\(field)}" }

    @Test("V6 the vault remembers marks and the narrowest masks, and refuses what takes one back")
    func remembers() async throws {
        try await TestDatabase.withSchema(VaultMigrations.data) { pool in
            let store = SensitiveFieldStore(pool: pool)
            func refuses(_ field: String) async {
                await #expect(throws: SettingsErrors.self) { try await store.require(yaml: yaml(field), at: now) }
            }
            try await store.require(yaml: yaml("a: {}, b: {sensitive: true, show: {first: 2}}"), at: now)
            try await store.require(
                yaml: yaml("a: {sensitive: true, show: {last: 4}}, b: {sensitive: true, show: {first: 2}}"), at: now)
            await refuses("a: {sensitive: true}")
            await refuses("a: {sensitive: true}, b: {}")
            await refuses("a: {sensitive: true}, b: {sensitive: true, show: {last: 1}}")
            try await store.require(
                yaml: yaml("a: {sensitive: true, show: {last: 2}}, b: {sensitive: true}"), at: now)
            await refuses("a: {sensitive: true, show: {last: 3}}, b: {sensitive: true}")
            await refuses("a: {sensitive: true}, b: {sensitive: true, show: {first: 1}}")
            #expect(try await store.remembered() == ["a": .last(2), "b": .none])
        }
    }
}
