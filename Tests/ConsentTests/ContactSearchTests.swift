import ConsentDomain
import Messaging
import Models
import PostgreSQL
import TestSupport
import Testing

@testable import ConsentService

private let seed = UInt64.random(in: 0...UInt64.max)

@Suite(.database)
struct ContactSearchTests {
    private func found(_ condition: Condition, in pool: Pool) async throws -> [String] {
        let statements = SearchStatements(condition: condition, limit: 10_001)
        let rows = try await pool.run([statements.planned(after: "")])[0]
        return try rows.map { try $0.text(0) }
    }

    @Test("SQL and Swift say the same of 400 random conditions on 300 random contacts")
    func agreement() async throws {
        try await TestDatabase.withSchema(MessagingMigrations.all + ConsentMigrations.all) { pool in
            var random = RandomConditions(generator: SeededGenerator(seed: seed))
            let contacts = try await saved(300, &random, in: pool)
            var mixed = 0
            for number in 0..<400 {
                let condition = random.condition()
                let expected = contacts.filter { $0.value.exists && condition.matches($0.value.facts) }.keys
                let found = try await found(condition, in: pool)
                #expect(
                    found == expected.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }, "seed \(seed) \(number)")
                mixed += found.isEmpty || found.count == contacts.count { $0.value.exists } ? 0 : 1
            }
            // Conditions that nobody or everybody meets would say little.
            #expect(mixed > 80, "seed \(seed)")
        }
    }

    @Test("what was saved is loaded again: facts with their sequence, decisions, and what waits for the vault")
    func roundTrip() async throws {
        try await TestDatabase.withSchema(MessagingMigrations.all + ConsentMigrations.all) { pool in
            var random = RandomConditions(generator: SeededGenerator(seed: seed))
            let store = ConsentStore()
            for _ in 0..<2 {
                let contacts = try await saved(100, &random, in: pool)
                let keys = contacts.keys.sorted()
                let loaded = try await store.states(of: keys, from: try await pool.run(store.loading(keys))[...])
                #expect(loaded == contacts, "seed \(seed)")
                #expect(loaded.values.contains { !$0.orders.waiting.isEmpty }, "seed \(seed)")
                // The next contacts are others under the same ids.
                _ = try await pool.run([
                    Statement("DELETE FROM sent_order"), Statement("DELETE FROM current_decision"),
                ])
            }
            let gaps = try await pool.run([
                Statement("SELECT count(*), max(number), (SELECT count(*) FROM ledger_entry) FROM decision")
            ])[0][0]
            #expect(try gaps.int64(0) == gaps.int64(1) && gaps.int64(1) == gaps.int64(2), "seed \(seed)")
        }
    }

    @Test("pages follow one another without gap or repetition, and the last has no next")
    func paging() async throws {
        try await TestDatabase.withSchema(MessagingMigrations.all + ConsentMigrations.all) { pool in
            var random = RandomConditions(generator: SeededGenerator(seed: seed))
            let contacts = try await saved(100, &random, in: pool)
            let known = contacts.filter(\.value.exists).keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            let search = ContactSearch(pool: pool, vocabulary: RandomConditions.vocabulary)
            for limit in [1, 7, known.count, 10_000] {
                var pages: [[String]] = []
                var after: String?
                repeat {
                    let answer = try await search.answer(
                        FindQuestion(condition: ["all": []], after: after, limit: limit))
                    pages.append(answer.contacts.map(\.text))
                    after = answer.next
                } while after != nil
                #expect(pages.flatMap(\.self) == known, "seed \(seed)")
                #expect(pages.dropLast().allSatisfy { $0.count == limit })
                #expect(pages.last?.isEmpty == false)
            }
        }
    }

    @Test("unknown names and cursors of nobody's are refused with their place")
    func refusals() async throws {
        try await TestDatabase.withSchema(MessagingMigrations.all + ConsentMigrations.all) { pool in
            let search = ContactSearch(pool: pool, vocabulary: RandomConditions.vocabulary)
            let wrongs: [(JSON, String?, String)] = [
                (["all": [["field": "profile.colour", "is": 1]]], nil, "/data/where/all/0/field"),
                (["field": "list.other", "is": true], nil, "/data/where/field"), (["all": []], "", "/data/after"),
                (["all": []], "%", "/data/after"), (["all": []], "IA", "/data/after"),
            ]
            for (condition, after, place) in wrongs {
                let refusal = await #expect(throws: Refusal.self) {
                    try await search.answer(FindQuestion(condition: condition, after: after))
                }
                #expect(refusal?.code == .invalidField && refusal?.pointer == place)
            }
        }
    }

    @Test("more different conditions than a connection keeps plans for are answered")
    func manyTexts() async throws {
        try await TestDatabase.withSchema(MessagingMigrations.all + ConsentMigrations.all) { pool in
            let leaf = Condition.leaf(.locale, .exists(true))
            for number in 0..<1100 {
                // Eleven bits written as conditions: each number another text.
                let condition = Condition.any(
                    (0..<11).map { number >> $0 & 1 == 0 ? leaf : .not(leaf) })
                let contacts = try await found(condition, in: pool)
                #expect(contacts.isEmpty)
            }
        }
    }

    @Test("the largest condition is answered in time")
    func largest() async throws {
        try await TestDatabase.withSchema(MessagingMigrations.all + ConsentMigrations.all) { pool in
            var random = RandomConditions(generator: SeededGenerator(seed: seed))
            _ = try await saved(300, &random, in: pool)
            let values = (0..<100).map { JSON.string("\($0)" + String(repeating: "x", count: 30)) }
            let condition = Condition.any((0..<200).map { _ in .leaf(.profile("region"), .in(values)) })
            #expect(try await found(condition, in: pool).isEmpty)
        }
    }

    @Test(
        "a condition that few meet is found by an index, not by a walk over all contacts",
        arguments: [
            ("contact_searchable", Condition.leaf(.profile("score"), .is(4711))),
            ("contact_searchable", .leaf(.profile("score"), .in([4711, .number("12.0")]))),
            ("contact_lists", .leaf(.list("events"), .is(true))),
            ("contact_opt_in", .leaf(.optIn, .is("opt-out-user"))),
            ("contact_opt_in", .leaf(.optIn, .startsWith("opt-out"))),
            ("contact_granted", .leaf(.consent("tracking"), .is("granted"))),
            ("contact_revoked", .leaf(.consent("tracking"), .in(["granted", "revoked"]))),
            (
                "contact_searchable",
                .all([
                    .leaf(.profile("region"), .is("EU")), .not(.leaf(.list("news"), .is(true))),
                    .any([.leaf(.profile("score"), .is(7)), .leaf(.list("events"), .is(true))]),
                ])
            ),
        ])
    func indexes(name: String, condition: Condition) async throws {
        try await TestDatabase.withSchema(MessagingMigrations.all + ConsentMigrations.all) { pool in
            _ = try await pool.run([
                Statement(
                    """
                    INSERT INTO contact (id, searchable, opt_in, lists, granted, revoked, created_at)
                    SELECT 'c-' || n, jsonb_build_object('region', CASE WHEN n % 3 = 0 THEN 'US' ELSE 'EU' END,
                            'score', n),
                        CASE WHEN n % 5000 = 0 THEN 'opt-out-user' ELSE 'double-opt-in' END,
                        CASE WHEN n % 5000 = 1 THEN '{news,events}' ELSE '{news}' END::text[],
                        CASE WHEN n % 5000 = 2 THEN '{tracking}' ELSE '{}' END::text[],
                        CASE WHEN n % 5000 = 3 THEN '{tracking}' ELSE '{}' END::text[], now()
                    FROM generate_series(1, 30000) AS n
                    """),
                Statement("ANALYZE contact"),
            ])
            let statement = SearchStatements(condition: condition, limit: 101).planned(after: "")
            let plan = try await pool.run([Statement(varying: "EXPLAIN " + statement.sql, statement.parameters)])[0]
            let text = try plan.map { try $0.text(0) }.joined(separator: "\n")
            #expect(text.contains(name) && !text.contains("Seq Scan") && !text.contains("contact_pkey"), "\(text)")
        }
    }
}
