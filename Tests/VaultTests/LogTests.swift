import Foundation
import Ledger
import Models
import PostgreSQL
import TestSupport
import Testing
import VaultDomain

@testable import Messaging
@testable import VaultService

/// What is shown of the access log where rows of it were changed by hand.
@Suite("The access log's pages", .database)
struct LogTests {
    /// Five entries of partition 2, a second apart, the newest of them 2-5.
    private func withLog(_ body: (Pool) async throws -> Void) async throws {
        try await TestDatabase.withSchema(VaultMigrations.data) { pool in
            var log = AccessLog(partition: 2, next: 1, epoch: 0)
            for second in 0..<5 {
                _ = log.append(
                    AccessEntry(
                        at: VaultSample.now + .seconds(second), viewer: .user("grace"), contact: "c-\(second)",
                        field: "creditCard", reason: "order \(second)", refusal: nil))
            }
            _ = try await pool.run(LedgerStatements.insert(try log.recorded()))
            try await body(pool)
        }
    }

    private func change(_ sql: String, _ pool: Pool) async throws {
        try await pool.withConnection { try await $0.execute(script: sql) }
    }

    /// All entries, by pages of two; the same twice is an error, and so is a page without end.
    private func entries(_ pool: Pool, _ filter: [(String, JSON)] = []) async throws -> [JSON] {
        var entries: [JSON] = []
        var after: JSON = .null
        for _ in 0..<10 {
            let members = filter + [("limit", 2), ("after", after)]
            let question = JSON.object(members.map { JSON.Member($0.0, $0.1) })
            let log = try VaultLog(reading: try Reader(question, at: "/data"))
            let page = try VaultLog.page(of: try await pool.run([log.statement()])[0], limit: 2)
            entries += page["entries"]?.elements ?? []
            after = page["next"] ?? .null
            if after == .null { break }
        }
        #expect(after == .null)
        return entries
    }

    private static let all = ["2-5", "2-4", "2-3", "2-2", "2-1"]

    @Test("V3 pages show each entry once, newest first")
    func pages() async throws {
        try await withLog { pool in
            let entries = try await entries(pool)
            #expect(entries.map { $0["index"]?.text } == Self.all)
            #expect(entries.map { $0["reason"]?.text } == (0..<5).reversed().map { "order \($0)" })
            #expect(try await self.entries(pool, [("contact", "c-3")]).map { $0["index"]?.text } == ["2-4"])
        }
    }

    @Test(
        "V3 a leaf that was changed hides no other entry, and every page has a next one",
        arguments: [
            #"replace(leaf, '"at":', '"user":"x","user":"y","at":')"#,
            #"left(leaf, -1) || ',"deep":' || repeat('[', 900) || repeat(']', 900) || '}'"#,
            #"(leaf::jsonb - 'at')::text"#, #"(leaf::jsonb || '{"at": null}')::text"#,
            #"(leaf::jsonb || '{"at": 5}')::text"#, #"(leaf::jsonb || '{"at": "a/b//2-3/"}')::text"#,
            #"(leaf::jsonb || '{"at": ""}')::text"#,
            #"(leaf::jsonb || '{"at": {"x": [1]}, "user": [], "count": "x"}')::text"#,
        ])
    func leaf(_ changed: String) async throws {
        for numbers in ["4", "1, 2, 3, 4, 5", "3, 4"] {
            try await withLog { pool in
                try await change("UPDATE ledger_entry SET leaf = \(changed) WHERE number IN (\(numbers))", pool)
                let shown = try await entries(pool).compactMap { $0["index"]?.text }
                #expect(shown.sorted(by: >) == Self.all, "\(numbers)")
            }
        }
    }

    @Test(
        "V3 a contact and a reason that the entry does not commit to are not shown",
        arguments: [
            "content = replace(content, 'order', 'refund of')", "content = replace(content, 'c-2', 'c-9')",
            #"content = '{"contact":"c-2","reason":"another"}'"#, "salt = '\\x00'", "content = 'x'", "content = ''",
            "contact = 'c-9'", "contact = NULL",
        ])
    func evidence(_ changed: String) async throws {
        try await withLog { pool in
            try await change("UPDATE ledger_evidence SET \(changed) WHERE number = 3", pool)
            let entries = try await entries(pool)
            #expect(entries.map { $0["index"]?.text } == Self.all)
            #expect(entries[2]["contact"] == .null && entries[2]["reason"] == .null)
            #expect(entries[2]["user"]?.text == "grace")
            #expect(entries[1]["reason"]?.text == "order 3" && entries[3]["contact"]?.text == "c-1")
            for entry in try await self.entries(pool, [("contact", "c-9")]) { #expect(entry["contact"] == .null) }
        }
    }

    @Test("V3 evidence of one entry put behind another is not shown there")
    func exchanged() async throws {
        try await withLog { pool in
            try await change(
                """
                UPDATE ledger_evidence SET number = -number WHERE number IN (1, 2);
                UPDATE ledger_evidence SET number = 3 + number WHERE number < 0
                """, pool)
            let entries = try await entries(pool)
            #expect(entries.map { $0["contact"]?.text } == ["c-4", "c-3", "c-2", nil, nil])
        }
    }

    @Test("a cursor is an entry's place, and nothing else", arguments: ["", "x", "3", "a/", "a/x", "\0/2-1", "2-0"])
    func cursors(_ text: String) throws {
        #expect(throws: Refusal.self) {
            try VaultLog(reading: try Reader(["after": .string(text)], at: "/data"))
        }
    }
}
