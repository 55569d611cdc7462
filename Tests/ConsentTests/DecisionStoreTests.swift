import ConsentDomain
import FoundationEssentials
import Models
import PostgreSQL
import TestSupport
import Testing

@testable import ConsentService
@testable import Messaging

private let now = Timestamp(microseconds: 1_763_800_000_000_000)
private let tracking = DeclaredConsent(name: "tracking", version: "1", isGrantedByDefault: false, field: nil)
private let service = DeclaredConsent(name: "service", version: "1", isGrantedByDefault: true, field: nil)
private let card = DeclaredConsent(name: "card", version: "1", isGrantedByDefault: false, field: "creditCard")

@Suite(.database)
struct DecisionStoreTests {
    private let store = ConsentStore()

    private func act(_ order: UUID = UUID()) -> DecisionAct {
        DecisionAct(
            channel: "paper", evidence: Evidence(note: "note", reference: nil, recordedBy: "ann"),
            request: KeptRequest(
                id: UUID(), source: "/crm", type: "consent.record", replies: [.init(queue: "q", correlation: nil)]),
            order: order, stamp: OrderBook.Stamp(number: 256, epoch: 0), at: now)
    }

    @Test("C2 a contact's summary in the database allows what the contact allows, decision by decision")
    func summaries() async throws {
        try await TestDatabase.withSchema(MessagingMigrations.all + ConsentMigrations.all) { pool in
            for choice in [nil] + Decision.Choice.allCases {
                let contact = "c-\(choice?.rawValue ?? "none")"
                try await decide(contact, in: 1, pool) { state in
                    if let choice { _ = try state.decide(choice, on: tracking, by: act()) }
                }
                let loading = store.loadingSummaries([contact, "nobody"])
                let loaded = try await store.summaries(of: [contact, "nobody"], from: try await pool.run(loading)[...])
                let summary = try #require(loaded[contact])
                #expect(loaded["nobody"] == nil && summary.exists)
                #expect(summary.isAllowed(tracking, at: now) == (choice == .granted))
                #expect(summary.isAllowed(service, at: now))
            }
        }
    }

    @Test("numbers have no gap in their partition, whoever races, and whatever is abandoned")
    func gapless() async throws {
        try await TestDatabase.withSchema(MessagingMigrations.all + ConsentMigrations.all) { pool in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for task in 0..<4 {
                    group.addTask {
                        for turn in 0..<25 {
                            try await decide(
                                "c-\(task)", in: task % 2, pool, abandoning: turn % 5 == 4
                            ) { state in
                                let choice = Decision.Choice.allCases[turn % 2]
                                for _ in 0...turn % 3 { _ = try state.decide(choice, on: tracking, by: act()) }
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
            let rows = try await pool.run([
                Statement(
                    """
                    SELECT partition, count(*), min(number), max(number), count(d.contact), count(v.salt)
                    FROM ledger_entry LEFT JOIN decision AS d USING (partition, number)
                        LEFT JOIN ledger_evidence AS v USING (partition, number)
                    GROUP BY partition
                    """)
            ])[0]
            #expect(rows.count == 2)
            for row in rows {
                let count = try row.int64(1)
                #expect(count > 50)
                #expect(try row.int64(2) == 1 && row.int64(3) == count)
                #expect(try row.int64(4) == count && row.int64(5) == count)
            }
        }
    }

    @Test("evidence can be deleted: the decisions stay, and are loaded as before")
    func evidence() async throws {
        try await TestDatabase.withSchema(MessagingMigrations.all + ConsentMigrations.all) { pool in
            try await decide("c", in: 0, pool) { state in _ = try state.decide(.granted, on: tracking, by: act()) }
            _ = try await pool.run([Statement("DELETE FROM ledger_evidence")])
            let loaded = try await store.states(of: ["c"], from: try await pool.run(store.loading(["c"]))[...])
            #expect(loaded["c"]?.decisions["tracking"]?.choice == .granted)
        }
    }

    @Test("an order without an answer is claimed once after five seconds, the first of its field alone")
    func repeats() async throws {
        try await TestDatabase.withSchema(MessagingMigrations.all + ConsentMigrations.all) { pool in
            let ids = [UUID(), UUID()]
            try await decide("c", in: 0, pool) { state in
                _ = try state.decide(.granted, on: card, by: act(ids[0]))
                _ = try state.decide(.revoked, on: card, by: act(ids[1]))
            }
            func claimed(after seconds: Int) async throws -> [UUID] {
                try await pool.run([
                    Statement(
                        "UPDATE sent_order SET ordered_at = ordered_at - $1::bigint * interval '1 s'",
                        [.int8(Int64(seconds))]), Statement(OrderRepeats.claim),
                ])[1].map { try $0.uuid(1) }
            }
            func settle(_ id: UUID) async throws -> PlacedOrder? {
                var next: PlacedOrder?
                try await decide("c", in: 0, pool) { state in
                    let order = try #require(state.orders.waiting.first { $0.id == id })
                    let inForce = OrderInForce(order: id, sequence: order.sequence, state: "locked")
                    let answer = FieldLockDone(
                        answer: OrderAnswer(order: id, inForce: inForce, epoch: 0, number: 9), field: "creditCard")
                    let step = state.take(answer.answer, on: answer.field, since: 0, as: .init(number: 512, epoch: 0))
                    guard case .settled(_, let following) = step else {
                        Issue.record("it is not settled")
                        return
                    }
                    next = following
                }
                return next
            }
            #expect(try await claimed(after: 4) == [])
            #expect(try await claimed(after: 6) == [ids[0]])
            #expect(try await claimed(after: 1) == [])
            #expect(try await settle(ids[0])?.id == ids[1])
            #expect(try await claimed(after: 6) == [ids[1]])
            #expect(try await settle(ids[1]) == nil)
            #expect(try await claimed(after: 60) == [])
            let left = try await pool.run([Statement("SELECT count(*) FROM sent_order_reply")])[0][0]
            #expect(try left.int64(0) == 0)
        }
    }

    @Test("checks and reports say of each contact what its state says, defaults applied")
    func reads() async throws {
        try await TestDatabase.withSchema(MessagingMigrations.all + ConsentMigrations.all) { pool in
            for (contact, choice) in [("g", Decision.Choice.granted), ("r", .revoked)] {
                try await decide(contact, in: 0, pool) { state in
                    for consent in [tracking, service] { _ = try state.decide(choice, on: consent, by: act()) }
                }
            }
            _ = try await pool.run(
                try await store.saving(
                    [
                        (key: "n", state: ConsentContact(exists: true, locale: "de", attributes: [:])),
                        (key: "u", state: .unknown),
                    ], at: now))
            let reads = DecisionReads(pool: pool)
            let contacts = ["g", "r", "n", "u", "never"].compactMap(ContactID.init)
            #expect(try await reads.allowed(tracking, by: contacts) == ["g"])
            #expect(try await reads.allowed(service, by: contacts) == ["g", "n"])
            let all = try await reads.report(on: [tracking], where: .all([]))
            #expect(
                all.serialized
                    == #"{"contacts":3,"consents":[{"consent":"tracking","granted":1,"revoked":1,"none":1}]}"#)
            let german = try await reads.report(on: [tracking, service], where: .leaf(.locale, .is("de")))
            #expect(german["contacts"] == 1 && german["consents"]?.elements?.last?["none"] == 1)
            let none = try await reads.report(on: [], where: .leaf(.consent("tracking"), .is("granted")))
            #expect(none.serialized == #"{"contacts":1,"consents":[]}"#)
        }
    }
}
