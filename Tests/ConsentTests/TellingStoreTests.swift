import ConsentDomain
import ConsentPages
import FoundationEssentials
import Messaging
import Models
import PostgreSQL
import Settings
import TestSupport
import Testing

@testable import ConsentService

private let rules = PageRules(
    audience: .leaf(.profile("region"), .is("EU")), consents: [], notify: .leaf(.locale, .is("de")),
    configuration: "c1")

@Suite("P3 contacts to be told, in the database", .database)
struct TellingStoreTests {
    @Test("what a contact was told is loaded as it was saved")
    func roundTrip() async throws {
        try await TestDatabase.withSchema(MessagingMigrations.all + ConsentMigrations.all) { pool in
            let time = Timestamp(microseconds: 1_763_800_000_000_000)
            let invitations = [
                Invitation(), Invitation(hold: .form), Invitation(hold: .failed, configuration: "c1"),
                Invitation(
                    isTold: true, consents: ["tracking": "2", "card": "1"], mail: UUID(), mailedAt: time,
                    tellAt: time + .seconds(3600), configuration: "c1"),
            ]
            let store = ConsentStore()
            for (number, invitation) in invitations.enumerated() {
                let state = ConsentContact(exists: true, locale: nil, attributes: [:], invitation: invitation)
                _ = try await pool.run(try await store.saving([(key: "c-\(number)", state: state)], at: time))
                let rows = try await pool.run(store.loading(["c-\(number)"]))
                let loaded = try await store.states(of: ["c-\(number)"], from: rows[...])["c-\(number)"]
                #expect(loaded?.invitation == invitation)
            }
        }
    }

    @Test("the walk reads contacts of the audience by id, and due mails by an index of their own")
    func plans() async throws {
        try await TestDatabase.withSchema(MessagingMigrations.all + ConsentMigrations.all) { pool in
            _ = try await pool.run([
                Statement(
                    """
                    INSERT INTO contact (id, locale, searchable, attributes, told_for, tell_at, processing, created_at)
                    SELECT 'c-' || lpad(n::text, 5, '0'), CASE WHEN n % 2 = 0 THEN 'de' ELSE 'en' END,
                        '{"region":"EU"}', '{"region":"EU"}', CASE WHEN n <= 100 THEN 'c1' END,
                        CASE WHEN n % 3000 = 0 THEN now() - interval '1 min'
                            WHEN n % 100 = 0 THEN now() + interval '1 h' END,
                        CASE WHEN n % 7 = 0 THEN 'stopped' ELSE 'active' END, now()
                    FROM generate_series(1, 30000) AS n
                    """),
                Statement("ANALYZE contact"),
            ])
            let walk = TellingWalk.undecided(rules, configuration: "c1", after: "c-00050")
            let found = try await pool.run([walk])[0].map { try $0.text(0) }
            #expect(found.prefix(3) == ["c-00102", "c-00104", "c-00106"] && found.count == 1600)
            #expect(!found.contains("c-00112"))
            #expect(try await plan(of: walk, in: pool).contains("contact_pkey"))
            let due = TellingWalk.gathered(after: (at: Timestamp(microseconds: 0), contact: ""))
            #expect(try await pool.run([due])[0].count == 10)
            let text = try await plan(of: due, in: pool)
            #expect(text.contains("contact_tell_at") && !text.contains("Sort"), "\(text)")
        }
    }

    private func plan(of statement: Statement, in pool: Pool) async throws -> String {
        let rows = try await pool.run([Statement(varying: "EXPLAIN " + statement.sql, statement.parameters)])[0]
        return try rows.map { try $0.text(0) }.joined(separator: "\n")
    }

    @Test("a configuration tells again only where what decides about it has changed")
    func configuration() throws {
        func name(_ yaml: String) throws -> String? {
            try Settings.load(yaml: yaml).tellingConfiguration
        }
        let consents = """
            attributes: {region: {}}
            consents: {tracking: {kind: tracking, default: refused, version: "VERSION", purpose: {en: p}, text: {en: t}}}
            """
        let first = try name(consents.replacing("VERSION", with: "1"))
        #expect(first != nil)
        #expect(try name(consents.replacing("VERSION", with: "1") + "\nbrand: {name: Another}") == first)
        #expect(try name(consents.replacing("VERSION", with: "2")) != first)
        let audience = "\npage: {audience: {field: profile.region, is: EU}}"
        #expect(try name(consents.replacing("VERSION", with: "1") + audience) != first)
    }
}
