import ConsentDomain
import FoundationEssentials
import Messaging
import Models
import PostgreSQL
import TestSupport
import Testing

@testable import ConsentService

private let expiry = GrantExpiry(
    validFor: .seconds(730 * 86_400), renewBefore: .seconds(30 * 86_400), clearAfter: .seconds(30 * 86_400))
private let card = DeclaredConsent(
    name: "card", version: "1", isGrantedByDefault: false, field: "creditCard", expiry: expiry)

private let request = KeptRequest(id: UUID(), source: "/crm", type: "consent.record", replies: [])

@Suite("C7 the sweep for grants that run out", .database)
struct ExpirySweepTests {
    private let store = ConsentStore()

    private func act(at time: Timestamp) -> DecisionAct {
        DecisionAct(
            channel: "page", evidence: Evidence(),
            request: request, order: UUID(),
            stamp: OrderBook.Stamp(number: 256, epoch: 0), at: time)
    }

    private func followUp(_ contact: String, at time: Timestamp, in pool: Pool) async throws -> ExpiryStep {
        var result = ExpiryStep()
        try await decide(contact, in: 3, pool) { state in
            let act = PageAct(
                evidence: Evidence(), request: request, stamp: OrderBook.Stamp(number: 512, epoch: 0),
                at: time, newID: { UUID() })
            result = try state.followUp(PageRules(audience: nil, consents: [card]), by: act)
        }
        return result
    }

    private func loaded(_ contact: String, in pool: Pool) async throws -> Decision? {
        let rows = try await pool.run(store.loading([contact]))
        return try await store.states(of: [contact], from: rows[...])[contact]?.decisions["card"]
    }

    private func due(in pool: Pool) async throws -> [Int] {
        try await pool.run(ExpirySweep.searches([card]).map { $0.statement(after: .init()) }).map(\.count)
    }

    @Test("a decision is found by one search at a time, until it is followed up")
    func steps() async throws {
        try await TestDatabase.withSchema(MessagingMigrations.all + ConsentMigrations.all) { pool in
            let now = Timestamp.now
            for days in [1, 701, 731] {
                try await decide("c-\(days)", in: 3, pool) { state in
                    _ = try state.decide(.granted, on: card, by: act(at: now - .seconds(days * 86_400)))
                }
            }
            #expect(try await due(in: pool) == [2, 0, 0])
            let contacts = ["c-1", "c-701", "c-731"].compactMap { ContactID($0) }
            #expect(try await DecisionReads(pool: pool).allowed(card, by: contacts) == ["c-1", "c-701"])
            let asked = try await followUp("c-701", at: now, in: pool)
            #expect(try await loaded("c-701", in: pool)?.followUp == asked.mail.map { .asked($0) })
            #expect(asked.mail != nil)
            #expect(try await followUp("c-731", at: now - .seconds(1), in: pool).lapses.count == 1)
            #expect(try await due(in: pool) == [0, 0, 0])
            _ = try await pool.run([
                Statement("UPDATE current_decision SET decided_at = decided_at - interval '28 d'")
            ])
            #expect(try await due(in: pool) == [0, 0, 0])
            _ = try await pool.run([
                Statement("UPDATE current_decision SET decided_at = decided_at - interval '2 d'")
            ])
            #expect(try await due(in: pool) == [0, 1, 1])
            _ = try await followUp("c-731", at: now, in: pool)
            #expect(try await loaded("c-731", in: pool)?.followUp == .cleared)
            _ = try await followUp("c-701", at: now, in: pool)
            #expect(try await loaded("c-701", in: pool)?.channel == "expired")
            #expect(try await due(in: pool) == [0, 0, 0])
            try await decide("c-731", in: 3, pool) { state in
                _ = try state.decide(.granted, on: card, by: act(at: now))
            }
            let renewed = try await loaded("c-731", in: pool)
            #expect(renewed?.choice == .granted && renewed?.followUp == nil)
        }
    }

    @Test("every search reads an index of its own, however many grants there are")
    func plans() async throws {
        try await TestDatabase.withSchema(MessagingMigrations.all + ConsentMigrations.all) { pool in
            _ = try await pool.run([
                Statement(
                    "INSERT INTO contact (id, created_at) SELECT 'c-' || n, now() FROM generate_series(1, 30000) AS n"),
                Statement(
                    """
                    INSERT INTO current_decision (contact, consent, decision, text_version, channel, decided_at,
                        partition, number, epoch, follow_up)
                    SELECT 'c-' || n, 'card', CASE WHEN n % 10 = 0 THEN 'revoked' ELSE 'granted' END, '1',
                        CASE WHEN n % 10 = 0 THEN 'expired' ELSE 'page' END, now() - n * interval '35 min', 0, n, 0,
                        CASE WHEN n % 10 = 1 THEN 'asked' WHEN n % 20 = 0 THEN 'cleared' END
                    FROM generate_series(1, 30000) AS n
                    """),
                Statement("ANALYZE contact, current_decision"),
            ])
            let indexes = ["current_decision_unasked", "current_decision_asked", "current_decision_kept"]
            for (search, index) in zip(ExpirySweep.searches([card]), indexes) {
                let statement = search.statement(after: .init())
                let plan = try await pool.run([
                    Statement(varying: "EXPLAIN " + statement.sql, statement.parameters)
                ])[0]
                let text = try plan.map { try $0.text(0) }.joined(separator: "\n")
                #expect(text.contains(index) && !text.contains("Sort"), "\(text)")
            }
        }
    }
}
