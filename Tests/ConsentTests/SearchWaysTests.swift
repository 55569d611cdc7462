import ConsentDomain
import Messaging
import Models
import PostgreSQL
import TestSupport
import Testing

@testable import ConsentService

private let seed = UInt64.random(in: 0...UInt64.max)
/// Each way of a search alone, and the walk with stretches so short that most pages are.
private let ways = [
    SearchPatience(limit: 10),
    SearchPatience(planned: .seconds(9), indexed: nil, walk: .zero, firstStretch: 100),
    SearchPatience(planned: nil, indexed: .seconds(9), walk: .seconds(9), firstStretch: 1000),
    SearchPatience(planned: nil, indexed: nil, walk: .zero, firstStretch: 40),
    SearchPatience(planned: nil, indexed: nil, walk: .seconds(9), firstStretch: 1),
]

@Suite(.database)
struct SearchWaysTests {
    /// All pages; the cursors rise, so that there is an end.
    private func pages(
        _ condition: Condition, _ patience: SearchPatience, limit: Int, in pool: Pool
    ) async throws -> [ContactPage] {
        let search = ContactSearch(pool: pool, vocabulary: RandomConditions.vocabulary, patience: patience)
        var pages = [try await search.page(of: condition, after: nil, limit: limit)]
        while let next = pages.last?.next, pages.count < 1000 {
            pages.append(try await search.page(of: condition, after: next, limit: limit))
        }
        return pages
    }

    @Test("every way finds the same contacts of 100 random conditions, in the same order", arguments: ways)
    func agreement(_ patience: SearchPatience) async throws {
        try await TestDatabase.withSchema(MessagingMigrations.all + ConsentMigrations.all) { pool in
            var random = RandomConditions(generator: SeededGenerator(seed: seed))
            let contacts = try await saved(300, &random, in: pool)
            _ = try await pool.run([Statement("ANALYZE contact")])
            for number in 0..<100 {
                let condition = random.condition()
                let expected = contacts.filter { $0.value.exists && condition.matches($0.value.facts) }.keys
                    .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
                let pages = try await pages(condition, patience, limit: 100, in: pool)
                #expect(pages.flatMap(\.contacts).map(\.text) == expected, "seed \(seed) \(number)")
                #expect(pages.allSatisfy { $0.contacts.count <= 100 })
                let parts = condition.indexedParts
                #expect(
                    contacts.values.allSatisfy { contact in
                        !condition.matches(contact.facts) || parts.allSatisfy { $0.matches(contact.facts) }
                    })
            }
        }
    }

    /// Of 30,000 contacts the last 3,000 alone are in LATAM; every third is on a list.
    private func withNewest(_ body: (Pool) async throws -> Void) async throws {
        try await TestDatabase.withSchema(MessagingMigrations.all + ConsentMigrations.all) { pool in
            _ = try await pool.run([
                Statement(
                    """
                    INSERT INTO contact (id, searchable, lists, created_at)
                    SELECT 'c-' || lpad(n::text, 5, '0'),
                        jsonb_build_object('region', CASE WHEN n > 27000 THEN 'LATAM' ELSE 'EU' END, 'score', n % 100),
                        CASE WHEN n % 3 = 0 THEN '{news}' ELSE '{}' END::text[], now()
                    FROM generate_series(1, 30000) AS n
                    """),
                Statement("ANALYZE contact"),
            ])
            try await body(pool)
        }
    }

    private static let newest = Condition.all([
        .leaf(.list("news"), .is(true)), .leaf(.profile("region"), .is("LATAM")),
        .not(.leaf(.profile("score"), .is(0))),
    ])

    @Test("those who stand together at the end are found by the index that names the fewest")
    func standingTogether() async throws {
        try await withNewest { pool in
            let patience = SearchPatience(planned: nil, indexed: .seconds(9), walk: .zero, firstStretch: 1000)
            let search = ContactSearch(pool: pool, vocabulary: RandomConditions.vocabulary, patience: patience)
            let page = try await search.page(of: Self.newest, after: nil, limit: 3)
            #expect(page.contacts.map(\.text) == ["c-27003", "c-27006", "c-27009"] && page.next != nil)
            let statements = SearchStatements(condition: Self.newest, limit: 4)
            let statement = statements.indexed(by: .leaf(.profile("region"), .is("LATAM")), after: "")
            let plan = try await pool.run([
                SearchStatements.indexed(within: .seconds(9)),
                Statement(varying: "EXPLAIN " + statement.sql, statement.parameters),
            ])[1]
            let text = try plan.map { try $0.text(0) }.joined(separator: "\n")
            #expect(text.contains("contact_searchable") && !text.contains("contact_lists"), "\(text)")
            #expect(!text.contains("contact_pkey"), "\(text)")
        }
    }

    @Test("a page may be empty, and the next one begins behind the contacts that were looked at")
    func emptyPages() async throws {
        try await withNewest { pool in
            let patience = SearchPatience(planned: nil, indexed: nil, walk: .zero, firstStretch: 9000)
            let pages = try await pages(Self.newest, patience, limit: 10_000, in: pool)
            #expect(pages.map(\.contacts.count) == [0, 0, 0, 990] && pages.last?.next == nil)
        }
    }

    @Test("a way that takes too long gives way to the next")
    func outOfTime() async throws {
        try await withNewest { pool in
            // The last one alone holds, and looking at the others takes minutes.
            let values = (0..<100).map { JSON.string("\($0)" + String(repeating: "x", count: 30)) }
            let condition = Condition.any(
                (0..<80).map { _ in .leaf(.profile("region"), .in(values)) } + [.leaf(.list("news"), .is(true))])
            let patience = SearchPatience(
                planned: .milliseconds(1), indexed: .milliseconds(1), walk: .zero, firstStretch: 12)
            let search = ContactSearch(pool: pool, vocabulary: RandomConditions.vocabulary, patience: patience)
            let page = try await search.page(of: condition, after: nil, limit: 100)
            #expect(page.contacts.map(\.text) == ["c-00003", "c-00006", "c-00009", "c-00012"] && page.next != nil)
            // The limit of time was the pipeline's own.
            let limits = try await pool.run([Statement("SHOW statement_timeout"), Statement("SHOW enable_indexscan")])
            #expect(try limits.map { try $0[0].text(0) } == ["10s", "on"])
        }
    }

    @Test("an index serves those who have a value, and of several conditions those that must all hold")
    func parts() {
        let region = Condition.leaf(.profile("region"), .is("EU")), list = Condition.leaf(.list("news"), .is(true))
        let range = Condition.leaf(.profile("score"), .atLeast(4))
        let cases: [(Condition, [Condition])] = [
            (region, [region]), (range, []), (.not(region), []), (.all([]), []), (.any([]), []),
            (.all([range, .all([region, list]), .not(list)]), [region, list]),
            (.any([region, list]), [.any([region, list])]), (.any([region, range]), []),
            (.any([.all([range, region]), list]), [.any([.all([range, region]), list])]),
            (.leaf(.list("news"), .is(false)), []), (.leaf(.locale, .is("de")), []),
            (.leaf(.consent("tracking"), .in(["none", "granted"])), []),
            (.leaf(.consent("tracking"), .is("revoked")), [.leaf(.consent("tracking"), .is("revoked"))]),
            (.leaf(.optIn, .exists(true)), []),
        ]
        for (condition, parts) in cases { #expect(condition.indexedParts == parts) }
    }
}
