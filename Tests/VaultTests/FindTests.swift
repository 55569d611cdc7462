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

private let now = VaultSample.now
private let firstName = FieldName(stored: "firstName")
private let card = FieldName(stored: "creditCard")

@Suite(.enabled(if: ProcessInfo.processInfo.environment["DATABASE_TEST_URL"] != nil, "DATABASE_TEST_URL is not set"))
struct FindTests {
    /// A vault's two databases, and times that rise.
    struct Vault {
        let sample: VaultSample
        let data: Pool
        let keys: Pool
        var store: FieldsStore { sample.store }

        func find(_ data: JSON) async throws -> JSON {
            try await VaultFind(reading: try Reader(data, at: "/data")).answer(
                QueryContext(
                    environment: sample.environment, message: sample.message("vault.find", data), pool: self.data,
                    now: now))
        }

        func find(_ text: String, in field: String? = nil) async throws -> [String] {
            let data = JSON(present: ["text": .string(text), "field": .text(field), "limit": 10_000])
            return try await find(data)["contacts"]?.elements?.compactMap(\.text) ?? []
        }

        func load(_ contact: String) async throws -> Fields {
            let rows = try await data.run(store.loading([contact]))
            return try await store.states(of: [contact], from: rows[...])[contact] ?? .unknown
        }

        func save(_ contacts: [(key: String, state: Fields)], at second: Int64 = 0, commits: Bool = true) async throws {
            let time = Timestamp(microseconds: now.microseconds + second * 1_000_000)
            let statements = try await store.saving(contacts, at: time)
            if commits { _ = try await data.run(statements) }
        }

        /// Stores fields of a contact who is there already, or not yet.
        func store(
            _ contact: String, _ fields: [(FieldName, String?)], at second: Int64 = 0, commits: Bool = true
        ) async throws {
            var state = try await load(contact)
            if !state.exists { state = try sample.created() }
            try state.store(fields.map { (name: $0.0, value: $0.1) }, rules: sample.environment.rules)
            try await save([(contact, state)], at: second, commits: commits)
        }

        func count(_ table: String) async throws -> Int64 {
            try await keys.run([Statement("SELECT count(*) FROM \(table)")])[0][0].int64(0)
        }

        /// The same databases under another configuration.
        func configured(_ rules: FieldRules, version: Int = 1) throws -> (store: FieldsStore, passes: FindReindexing) {
            let environment = sample.environment
            let index = FindIndex(rules: rules, pool: keys, ring: environment.keys.ring)
            let passes = FindReindexing(data: data, keys: environment.keys, index: index, patience: .zero)
            return (FieldsStore(keys: environment.keys, sealing: environment.sealing, find: index), passes)
        }
    }

    func withVault(_ body: (Vault) async throws -> Void) async throws {
        try await TestDatabase.withSchema(VaultMigrations.data) { data in
            try await TestDatabase.withSchema(VaultMigrations.keys) { keys in
                let sample = try VaultSample(keys: keys)
                try await KeyVersionStore(pool: keys).settle(sample.environment.keys.ring)
                let vault = Vault(sample: sample, data: data, keys: keys)
                _ = try await vault.configured(sample.environment.rules).passes.enlist()
                try await body(vault)
            }
        }
    }

    @Test("V5 a contact is found by what shows of a sensitive field and by words of another, in one field or in all")
    func finds() async throws {
        try await withVault { vault in
            try await vault.store("c-1", [(card, "4111222233335678"), (firstName, "Anna Maria")])
            try await vault.store("c-2", [(card, "5678567800000000"), (firstName, "Annette 5678")])
            #expect(try await vault.find("5678", in: "creditCard") == ["c-1"])
            #expect(try await vault.find("5678") == ["c-1", "c-2"])
            #expect(try await vault.find("ann") == ["c-1", "c-2"])
            #expect(try await vault.find("maria") == ["c-1"])
            #expect(try await vault.find("anna maria", in: "firstName") == ["c-1"])
            #expect(try await vault.find("anna marian").isEmpty)
            #expect(try await vault.find("anna@example.com").isEmpty)
            #expect(try await vault.find("ann", in: "nick").isEmpty)
            #expect(try await vault.find("4111").isEmpty)
            let fields = try await vault.keys.run([Statement("SELECT field FROM index_key ORDER BY field")])[0]
            #expect(try fields.map { try $0.text(0) } == ["creditCard", "firstName"])
        }
    }

    @Test("V5 pages hold every contact once, however small they are, and an early end has a cursor")
    func pages() async throws {
        try await withVault { vault in
            let names = ["Alexander", "Alexandra", "Alexandros"]
            let contacts = (0..<120).map { number -> (key: String, state: Fields) in
                var state = Fields.unknown
                let edit = ContactEdit(
                    address: .init(text: "a@example.com", hashes: .init(newest: "h")),
                    fields: [
                        firstName: "\(names[number % 3]) Alex",
                        FieldName(stored: "nick"): number % 3 == 1 ? "Alexander" : "alex",
                    ])
                try? state.create(edit, rules: .none, by: "crm", at: now)
                return ("c-\(1000 + number)", state)
            }
            try await vault.save(contacts)
            for (text, wanted) in [("alex", 120), ("alexander", 80), ("alexandr", 80), ("alexandra a", 40)] {
                for limit in [1, 7, 40, 119, 120, 1000] {
                    var found: [String] = []
                    var after = JSON.null
                    repeat {
                        let page = try await vault.find(
                            ["text": .string(text), "after": after, "limit": .number("\(limit)")])
                        let part = page["contacts"]?.elements?.compactMap(\.text) ?? []
                        #expect(part.count <= limit)
                        found += part
                        after = page["next"] ?? .null
                    } while after != .null
                    #expect(found == found.sorted() && Set(found).count == found.count)
                    #expect(found.count == wanted, "\(text) by \(limit)")
                }
            }
        }
    }

    @Test("V5 what was replaced, emptied, cleared or erased is found no more, and its postings are gone")
    func follows() async throws {
        try await withVault { vault in
            try await vault.store("c-1", [(card, "4111222233335678"), (firstName, "Anna")])
            try await vault.store("c-1", [(card, "4111222233339999"), (firstName, "Berta")], at: 1)
            #expect(try await vault.find("5678").isEmpty)
            #expect(try await vault.find("anna").isEmpty)
            #expect(try await vault.find("9999") == ["c-1"])
            #expect(try await vault.find("berta") == ["c-1"])
            try await vault.store("c-1", [(firstName, nil)], at: 2)
            #expect(try await vault.find("berta").isEmpty)
            var state = try await vault.load("c-1")
            _ = state.order(card, lock: true, clear: true, sequence: 1)
            try await vault.save([("c-1", state)], at: 3)
            #expect(try await vault.find("9999").isEmpty)
            #expect(try await vault.count("find_posting") == 0)
            try await vault.store("c-2", [(firstName, "Anna")])
            _ = try await vault.data.run([Statement("UPDATE contact SET erased_at = now() WHERE id = 'c-2'")])
            #expect(try await vault.find("anna").isEmpty)
            _ = try await vault.keys.run([Statement("DELETE FROM contact_key WHERE contact = 'c-2'")])
            #expect(try await vault.count("find_posting") == 0)
        }
    }

    @Test("V5 a batch that failed between the two databases hides nothing that stands and shows nothing that does not")
    func failsBetween() async throws {
        try await withVault { vault in
            try await vault.store("c-1", [(firstName, "Anna")])
            try await vault.store("c-1", [(firstName, "Berta")], at: 1, commits: false)
            try await vault.store("c-2", [(firstName, "Cora")], at: 1, commits: false)
            #expect(try await vault.find("anna") == ["c-1"])
            #expect(try await vault.find("berta").isEmpty)
            #expect(try await vault.find("cora").isEmpty)
            try await vault.store("c-1", [(firstName, "Berta")], at: 2)
            #expect(try await vault.find("anna").isEmpty)
            #expect(try await vault.find("berta") == ["c-1"])
            let passes = try vault.configured(vault.sample.environment.rules).passes
            _ = try await vault.keys.run([Statement("UPDATE find_review SET due_at = now()")])
            #expect(try await passes.review(at: now))
            // Not yet: some of it might belong to a batch under way.
            #expect(try await vault.count("find_posting") > 7)
            #expect(try await vault.find("berta") == ["c-1"])
            _ = try await vault.keys.run([Statement("UPDATE find_review SET due_at = now()")])
            #expect(try await passes.review(at: now + .seconds(700)))
            #expect(try await vault.find("berta") == ["c-1"])
            #expect(try await vault.count("find_posting") == 7, "Berta's, and Cora's, whose message may come again")
            #expect(try await vault.count("find_review") == 0)
            // A stalled batch, long replaced, posts at last: it is never found.
            var stalled = try await vault.load("c-1")
            try await vault.store("c-1", [(firstName, "Dora")], at: 3)
            try stalled.store([(firstName, "Eva")], rules: vault.sample.environment.rules)
            try await vault.save([("c-1", stalled)], at: 4, commits: false)
            #expect(try await vault.find("eva").isEmpty)
            #expect(try await vault.find("dora") == ["c-1"])
        }
    }

    @Test("V5 whoever is found before and after a change is found while it is made, and reviews hide nobody")
    func changesUnderWay() async throws {
        try await withVault { vault in
            try await vault.store("c-1", [(firstName, "Anna 0")])
            let passes = try vault.configured(vault.sample.environment.rules).passes
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    for number in 1...60 {
                        try await vault.store("c-1", [(firstName, "Anna \(number)")], at: Int64(number))
                    }
                }
                group.addTask {
                    while !Task.isCancelled {
                        let found = try await vault.find("anna")
                        #expect(found == ["c-1"])
                    }
                }
                group.addTask {
                    while !Task.isCancelled {
                        _ = try await vault.keys.run([Statement("UPDATE find_review SET due_at = now()")])
                        _ = try await passes.review(at: now)
                    }
                }
                try await group.next()
                group.cancelAll()
                while let result = await group.nextResult() {
                    if case .failure(let error as DatabaseError) = result, error.kind == .cancelled { continue }
                    try result.get()
                }
            }
            _ = try await vault.keys.run([Statement("UPDATE find_review SET due_at = now()")])
            #expect(try await passes.review(at: now + .seconds(700)))
            #expect(try await vault.find("anna 60") == ["c-1"])
            #expect(try await vault.count("find_posting") == 6, "of Anna 60 alone: an, ann, anna, anna 6, anna 60, 60")
        }
    }

    @Test("V5, V6 a pass makes what is missing; a narrower mask and a new mark find nothing of before")
    func passes() async throws {
        try await withVault { vault in
            try await vault.store("c-1", [(card, "4111222233335678"), (firstName, "Annabella Anna")])
            try await vault.store("c-2", [(card, "4111222233330078"), (firstName, "Annabellb Anna")])
            func finish(_ passes: FindReindexing) async throws {
                try await passes.enlist()
                while case .page = try await passes.step(at: now) {}
            }
            _ = try await vault.keys.run([Statement("DELETE FROM find_posting")])
            #expect(try await vault.find("anna").isEmpty)
            try await finish(vault.configured(vault.sample.environment.rules).passes)
            #expect(try await vault.find("anna") == ["c-1", "c-2"])
            #expect(try await vault.find("5678") == ["c-1"])
            let narrow = FieldRules(
                masks: [card: .last(2), firstName: .first(3)], attributes: [], lockedByDefault: [])
            let (store, passes) = try vault.configured(narrow)
            func find(_ text: String) async throws -> [String] {
                let finder = ContactFinder(index: store.find, keys: store.keys, data: vault.data)
                return try await finder.page(store.find.lookups(of: text, in: nil), behind: "", limit: 10)
                    .contacts.map(\.text)
            }
            for text in ["5678", "78", "anna", "annab", "Ann"] { #expect(try await find(text).isEmpty, "\(text)") }
            try await finish(passes)
            #expect(try await find("78") == ["c-1", "c-2"])
            #expect(try await find("Ann") == ["c-1", "c-2"])
            for text in ["5678", "anna", "annabella", "nn"] { #expect(try await find(text).isEmpty, "\(text)") }
            #expect(try await vault.count("find_posting") == 4)
            // An instance with the configuration of before works on: what it wrote is reviewed by the newer rules.
            try await vault.store("c-3", [(card, "4111222233331178")], at: 1)
            #expect(try await find("78") == ["c-1", "c-2"])
            #expect(try await vault.configured(vault.sample.environment.rules).passes.step(at: now) == .nothing)
            _ = try await vault.keys.run([Statement("UPDATE find_review SET due_at = now()")])
            let isReviewedByOlder = try await vault.configured(vault.sample.environment.rules).passes.review(at: now)
            #expect(!isReviewedByOlder)
            #expect(try await passes.review(at: now))
            #expect(try await find("78") == ["c-1", "c-2", "c-3"])
        }
    }

    @Test("V5 two instances make one key for a field, and a text that is none is refused")
    func keysAndRefusals() async throws {
        try await withVault { vault in
            let rules = vault.sample.environment.rules
            let stores = try (0..<2).map { _ in try vault.configured(rules).store }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for (number, store) in stores.enumerated() {
                    var state = try vault.sample.created()
                    try state.store([(firstName, "Anna")], rules: rules)
                    let changed = [(key: "c-\(number)", state: state)]
                    group.addTask { _ = try await vault.data.run(try await store.saving(changed, at: now)) }
                }
                try await group.waitForAll()
            }
            #expect(try await vault.find("anna") == ["c-0", "c-1"])
            for (pointer, data) in [
                ("/data/text", [:]), ("/data/text", ["text": "e\u{301}"]), ("/data/text", ["text": 12]),
                ("/data/field", ["text": "ab", "field": "@email"]), ("/data/field", ["text": "ab", "field": "email"]),
                ("/data/field", ["text": "ab", "field": "region"]),
                ("/data/field", ["text": "ab", "field": "first-name"]),
                ("/data/limit", ["text": "ab", "limit": 10_001]),
                ("/data/after", ["text": "ab", "after": "~"]),
            ] as [(String, JSON)] {
                let refusal = await #expect(throws: Refusal.self) { try await vault.find(data) }
                #expect(refusal?.code == .invalidField && refusal?.pointer == pointer, "\(data.serialized)")
            }
        }
    }
}
