import Foundation
import Logging
import Messaging
import Models
import PostgreSQL
import Settings
import TestSupport
import Testing

@testable import OptInService

/// What goes and what stays, against a real database.
@Suite(.database)
struct SweepTests {
    private func swept(_ pool: Pool, replyWindow: String = "90d", after seconds: Int) async throws {
        let settings = try Settings.load(
            yaml: "{brand: {name: T}, languages: [en], optIn: {linkLife: 7d, replyWindow: \(replyWindow)}}")
        let sweep = Sweep(pool: pool, settings: settings.optIn, log: Logger(label: "test"))
        try await sweep.sweep(at: now + .seconds(seconds))
    }

    private func count(_ pool: Pool, _ table: String) async throws -> Int64 {
        try await pool.run([Statement("SELECT count(*) FROM \(table)")])[0][0].int64(0)
    }

    @Test("links go 30 days after their end, pending or not, however many there are")
    func confirmations() async throws {
        try await TestDatabase.withSchema(OptInMain.migrations) { pool in
            let states = ["pending", "confirmed", "declined", "superseded", "spent"]
            for batch in 0..<5 {
                let ids = (0..<500).map {
                    UUID.timeOrdered(at: now + .seconds($0), random: [UInt8](repeating: UInt8(batch), count: 10))
                }
                let insert = """
                    INSERT INTO confirmation (id, contact, state, expires_at, lists)
                    SELECT id, 'c-' || id, $2, $3, '{}' FROM unnest($1::uuid[]) AS id
                    """
                let expiry = (now + .seconds(7 * 86_400)).microseconds
                _ = try await pool.run([
                    Statement(insert, [.uuids(ids), .text(states[batch]), .timestamp(expiry)])
                ])
            }
            try await swept(pool, after: 37 * 86_400 - 1)
            #expect(try await count(pool, "confirmation") == 2500)
            try await swept(pool, after: 37 * 86_400 + 600)
            #expect(try await count(pool, "confirmation") == 0)
        }
    }

    @Test("O9 received mails go when none may be answered any more, and stay where that is never")
    func receivedMails() async throws {
        try await TestDatabase.withSchema(OptInMain.migrations) { pool in
            let insert = """
                INSERT INTO contact (contact, status, since, undecided, decided, lists, change_count, last_received_at)
                SELECT 'c-' || n, 'none', $1, '{}', '{}', '{}', 0, $1 - n * interval '1 day'
                FROM generate_series(0, 9) AS n
                """
            _ = try await pool.run([
                Statement(insert, [.timestamp(now.microseconds)]),
                Statement(
                    "INSERT INTO received_mail SELECT 'c-' || n % 10, 'h' || n FROM generate_series(1, 3000) AS n"),
            ])
            try await swept(pool, replyWindow: "0", after: 10_000 * 86_400)
            #expect(try await count(pool, "received_mail") == 3000)
            try await swept(pool, after: 115 * 86_400 + 60)
            #expect(try await count(pool, "received_mail") == 1500, "of the contacts 0 to 4")
            try await swept(pool, after: 121 * 86_400)
            #expect(try await count(pool, "received_mail") == 0)
        }
    }

    @Test("E3 an address goes when nothing needs to be known of it, under none of its hashes")
    func addresses() async throws {
        try await TestDatabase.withSchema(OptInMain.migrations) { pool in
            let address = "INSERT INTO address (hash, is_opted_out, mailed_at, has_aliases, same_as) VALUES"
            let contact =
                "INSERT INTO contact (contact, status, since, undecided, decided, lists, change_count, address_hash)"
            _ = try await pool.run([
                Statement("INSERT INTO address (hash) SELECT 'x' || n FROM generate_series(1, 2500) AS n"),
                Statement("\(address) ('out', true, NULL, false, NULL), ('in-use', false, NULL, false, NULL)"),
                Statement("\(address) ('mailed', false, $1, false, NULL)", [.timestamp(now.microseconds)]),
                Statement("\(address) ('new', false, NULL, true, NULL), ('old', false, NULL, false, 'new')"),
                Statement("\(address) ('new2', false, NULL, true, NULL), ('old2', false, NULL, false, 'new2')"),
                Statement(
                    "\(contact) SELECT h, 'none', $1, '{}', '{}', '{}', 0, h FROM unnest(ARRAY['in-use', 'old']) h",
                    [.timestamp(now.microseconds)]),
            ])
            let left = "SELECT string_agg(hash, ' ' ORDER BY hash) FROM address"
            try await swept(pool, after: 3600)
            #expect(try await pool.run([Statement(left)])[0][0].text(0) == "in-use mailed new old out")
            try await swept(pool, after: 40 * 86_400)
            #expect(try await pool.run([Statement(left)])[0][0].text(0) == "in-use new old out")
        }
    }
}
