import FoundationEssentials
import Models
import OptInDomain
import PostgreSQL
import TestSupport
import Testing

@testable import Messaging
@testable import OptInService

/// Orders about e-mail and stops against a real database.
@Suite(.database)
struct EmailOrderStoreTests {
    private let store = OptInStore()
    private static let migrations = MessagingMigrations.all + OptInMain.migrations

    /// One decision on a contact, loaded and saved.
    @discardableResult
    private func decide(
        _ pool: Pool, _ contact: String = "c-1", _ body: (inout OptIn) throws -> Void
    ) async throws -> OptIn {
        let loading = store.loading([contact])
        let rows = try await pool.run(loading)
        var state = try await store.states(of: [contact], from: rows[...])[contact] ?? OptIn()
        try body(&state)
        state.shared = [:]
        _ = try await pool.run(try await store.saving([(contact, state)], at: now))
        return state
    }

    private func load(_ pool: Pool, _ contact: String = "c-1") async throws -> OptIn? {
        let rows = try await pool.run(store.loading([contact]))
        return try await store.states(of: [contact], from: rows[...])[contact]
    }

    private func create(_ pool: Pool, _ status: OptInStatus, as contact: String = "c-1") async throws {
        try await decide(pool, contact) { state in
            state = OptInTests.contact(status)
            state.lists = ["news"]
        }
    }

    @Test("X5 orders in force and a stop are stored and loaded; the number of statements does not depend on the batch")
    func roundTrip() async throws {
        try await TestDatabase.withSchema(Self.migrations) { pool in
            #expect(store.loading(["c-1"]).count == store.loading((0..<300).map { "c-\($0)" }).count)
            try await create(pool, .singleOptInUser)
            let without = try await store.saving([("c-1", contact(.none))], at: now)
            #expect(without.count == 1, "a batch without orders saves none")
            for choice in [
                EmailOrder.Choice.stop(true), .marketing(true), .list("news", isSubscribed: false),
                .list("events", isSubscribed: true),
            ] {
                let saved = try await decide(pool) { _ = $0.take(choice) }
                let loaded = try #require(try await load(pool))
                #expect(loaded.inForce == saved.inForce && loaded.isStopped && loaded.lists == saved.lists)
                #expect(loaded.newInForce == [])
            }
            let saved = try await decide(pool) { _ = $0.take(.stop(false)) }
            let loaded = try #require(try await load(pool))
            #expect(loaded.inForce == saved.inForce && loaded.inForce.count == 4 && !loaded.isStopped)
            #expect(loaded.status == .optOutContact)
        }
    }

    @Test("C4 every read of the gate sees a stop")
    func gate() async throws {
        try await TestDatabase.withSchema(Self.migrations) { pool in
            let handlers = try OptInHandlers(pool: pool)
            try await create(pool, .doubleOptIn)
            try await create(pool, .doubleOptIn, as: "c-2")
            let link = UUID()
            try await decide(pool) { $0.confirmations = [Confirmation(id: link, expiresAt: now + day, lists: [])] }
            let ids = (0..<5).map { _ in UUID() }
            let contact = try #require(ContactID("c-1"))
            let categories: [GateQuestion.Category] = [
                .campaign(list: "news"), .adHoc, .workflow, .autoresponder, .doubleOptIn(confirmation: link),
            ]
            let mails = zip(ids, categories).map { GateQuestion.Mail(mail: $0, contact: contact, category: $1) }
            func refused() async throws -> [String?] {
                let answer = try await handlers.answer(GateHandler.self, GateQuestion(mails).json, from: pool)
                let refused = try GateAnswer(reading: try Reader(answer, at: "/data")).refused
                return ids.map { refused[$0] }
            }
            func checked(_ list: String?) async throws -> JSON {
                let data = JSON(present: [
                    "category": "campaign", "contacts": ["c-1", "c-2"], "list": list.map { .string($0) },
                ])
                return try await handlers.answer(OptInCheck.self, data, from: pool)
            }
            #expect(try await refused() == [nil, nil, nil, nil, nil])
            try await decide(pool) { _ = $0.take(.stop(true)) }
            #expect(try await refused() == ["stopped", "stopped", "stopped", "stopped", "stopped"])
            for list in [nil, "news"] {
                let answer = try await checked(list)
                #expect(answer["allowed"] == ["c-2"] && answer["refused"] == ["stopped": ["c-1"]])
            }
            try await decide(pool) { _ = $0.take(.stop(false)) }
            let expected = (0..<4).map { _ in Optional("opt-out-contact") } + ["superseded"]
            #expect(try await refused() == expected)
        }
    }

    @Test("O7 the gate lets the double-opt-in mail through that an opted-out contact asked for, and no other mail")
    func mailToOptedOut() async throws {
        try await TestDatabase.withSchema(Self.migrations) { pool in
            let handlers = try OptInHandlers(pool: pool)
            try await create(pool, .optOutContact)
            let link = UUID()
            try await decide(pool) { _ = $0.take(.marketing(true), .at(now, id: link)) }
            let ids = [UUID(), UUID()]
            let contact = try #require(ContactID("c-1"))
            let question = GateQuestion([
                .init(mail: ids[0], contact: contact, category: .doubleOptIn(confirmation: link), addressHash: "hash"),
                .init(mail: ids[1], contact: contact, category: .adHoc, addressHash: "hash"),
            ])
            let answer = try await handlers.answer(GateHandler.self, question.json, from: pool)
            let refused = try GateAnswer(reading: try Reader(answer, at: "/data")).refused
            #expect(refused == [ids[1]: "opt-out-contact"])
        }
    }

    @Test("X5 consent is told the orders in force from the part of its history that it may have lost")
    func followedOrders() async throws {
        try await TestDatabase.withSchema(Self.migrations) { pool in
            try await create(pool, .none)
            try await create(pool, .none, as: "c-2")
            func order(_ pool: Pool, _ contact: String, _ choice: EmailOrder.Choice, _ sequence: Int64) async throws {
                try await decide(pool, contact) { state in
                    let order = EmailOrder.next(choice, on: state, sequence: sequence)
                    _ = state.take(order, known: ["news"], since: 0, .at(now))
                }
            }
            try await order(pool, "c-1", .stop(true), 256 * 10 + 3)
            try await order(pool, "c-1", .list("news", isSubscribed: false), 256 * 5 + 3)
            try await order(pool, "c-2", .marketing(false), 256 * 10 + 1)
            func told(_ lost: [Int: Int64], after: String? = nil) async throws -> [String] {
                let question = RecallQuestion(epoch: 1, lost: lost, after: after)
                return try await pool.run([Statement(FollowedOrdersHandler.statement, question.parameters)])[0].map {
                    try "\($0.text(0)) \($0.text(1)) \($0.text(4))"
                }
            }
            #expect(try await told([3: 256 * 6 + 3]) == ["c-1 email.stop stopped"])
            let rest = ["c-1 list.news left", "c-2 email.marketing out"]
            #expect(try await told([3: 1, 1: 1]) == ["c-1 email.stop stopped"] + rest)
            #expect(try await told([3: 1, 1: 1], after: "c-1\nemail.stop") == rest)
            #expect(try await told([2: 1]) == [])
        }
    }
}
