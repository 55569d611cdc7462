import FoundationEssentials
import Models
import OptInDomain
import PostgreSQL
import TestSupport
import Testing

@testable import OptInService

/// What the contact's page reads of e-mail (P1), from a real database.
@Suite(.database)
struct EmailChoicesTests {
    private let store = OptInStore()

    private func save(_ pool: Pool, _ state: inout OptIn, as contact: String = "c-1") async throws {
        let shared = state.shared
        state.shared = [:]
        _ = try await pool.run(try await store.saving([(contact, state)], at: now))
        state.shared = shared
        state.newChanges = []
        state.confirmations.removeAll { $0.state != .pending }
    }

    private func choices(
        _ pool: Pool, of contact: String = "c-1", at time: Timestamp = now
    ) async throws -> EmailChoices {
        let choices = try await OptInReads(pool: pool, replyWindow: nil).emailChoices(of: contact, at: time)
        // As it arrives at the page.
        #expect(try EmailChoices(reading: try Reader(choices.json, at: "/data")) == choices)
        return choices
    }

    private let form = OptIn.Form(
        isTicked: true, lists: ["news"], evidence: Change.Evidence(form: "footer", text: "Yes, news please"))

    @Test("P1 of a contact that is not known, and of one without a decision")
    func beginnings() async throws {
        try await TestDatabase.withSchema(OptInMain.migrations) { pool in
            let handlers = try OptInHandlers(pool: pool)
            #expect(
                try await handlers.answer(EmailChoicesHandler.self, [:], about: "c-9", from: pool)
                    == EmailChoices(status: "none").json)
            var state = OptIn()
            _ = state.name(addressHash: "hash", cause: "c", at: now)
            try await save(pool, &state)
            #expect(try await choices(pool) == EmailChoices(status: "none", since: now))
            var early = OptIn()
            _ = early.follow(addressHash: "hash", cause: "c", at: now)
            try await save(pool, &early, as: "c-2")
            #expect(try await choices(pool, of: "c-2") == EmailChoices(status: "none"))
        }
    }

    @Test("P1, O13 after a form a mail is pending; once confirmed, the form before it is told with its sentence")
    func confirmed() async throws {
        try await TestDatabase.withSchema(OptInMain.migrations) { pool in
            let link = UUID()
            var state = OptIn()
            _ = try state.submit(form, addressHash: "hash", cause: "f", .at(now, id: link))
            try await save(pool, &state)
            let asked = EmailChoices(
                status: "single-opt-in-webform", since: now, reason: "web-form", text: "Yes, news please",
                lists: ["news"], isConfirmationPending: true)
            #expect(try await choices(pool) == asked)
            let expired = try await choices(pool, at: now + .seconds(7 * 86_400))
            #expect(!expired.isConfirmationPending)
            // A user's opt-in in between does not hide the form.
            _ = try state.set(.singleOptInUser, .user, user: "u", at: now + .seconds(30))
            try await save(pool, &state)
            state.mailed(link)
            let press = ButtonPress.human
            _ = try state.confirm(
                link, press, evidence: Change.Evidence(text: "Confirm"), .at(now + .seconds(60)))
            try await save(pool, &state)
            #expect(
                try await choices(pool)
                    == EmailChoices(
                        status: "double-opt-in", since: now + .seconds(60), reason: "confirmed", text: "Confirm",
                        form: .init(at: now, name: "footer", text: "Yes, news please"), lists: ["news"]))
        }
    }

    @Test("P1, C4 an opt-out, a stop; a form from before an opt-out is not what was confirmed after it")
    func optedOut() async throws {
        try await TestDatabase.withSchema(OptInMain.migrations) { pool in
            var state = OptIn()
            _ = try state.submit(form, addressHash: "hash", cause: "f", .at(now))
            let out = EmailOrder.next(.marketing(false), on: state, text: "No more")
            _ = state.take(out, known: [], since: 0, .at(now + .seconds(1)))
            try await save(pool, &state)
            let opted = EmailChoices(
                status: "opt-out-contact", since: now + .seconds(1), reason: "page", text: "No more", lists: ["news"])
            #expect(try await choices(pool) == opted)
            let link = UUID()
            _ = state.take(.marketing(true), .at(now + .seconds(2), id: link))
            try await save(pool, &state)
            let asking = try await choices(pool)
            #expect(asking.status == "opt-out-contact" && asking.isConfirmationPending)
            state.mailed(link)
            _ = try state.confirm(link, at: now + .seconds(20))
            try await save(pool, &state)
            let back = try await choices(pool)
            #expect(back.status == "double-opt-in" && back.reason == "confirmed" && back.form == nil)
            _ = state.take(.stop(true))
            try await save(pool, &state)
            #expect(try await choices(pool).reason == "stop-processing")
        }
    }

    @Test("P1, O7 another contact's opt-out of the address counts before this contact's partition has applied it")
    func spreading() async throws {
        try await TestDatabase.withSchema(OptInMain.migrations) { pool in
            var state = OptIn()
            _ = try state.submit(form, addressHash: "hash", cause: "f", .at(now))
            try await save(pool, &state)
            let opted = [(key: "hash", value: AddressRecord(optOutCount: 1, isOptedOut: true))]
            _ = try await pool.run(store.savingShared(opted, missing: ["hash"]))
            #expect(
                try await choices(pool)
                    == EmailChoices(status: "opt-out-contact", reason: "address-opted-out", lists: ["news"]))
        }
    }

    @Test("P1 the statement goes by indexes, however many contacts, changes and links there are")
    func plan() async throws {
        try await TestDatabase.withSchema(OptInMain.migrations) { pool in
            _ = try await pool.run([
                Statement(
                    """
                    INSERT INTO contact (contact, status, since, undecided, decided, lists, change_count, address_hash)
                    SELECT 'c-' || n, 'none', $1, '{}', '{}', '{}', 3, 'h' || n FROM generate_series(1, 5000) AS n
                    """, [.timestamp(now.microseconds)]),
                Statement("INSERT INTO address (hash) SELECT 'h' || n FROM generate_series(1, 5000) AS n"),
                Statement(
                    """
                    INSERT INTO status_change (contact, number, from_status, to_status, at, by, reason)
                    SELECT 'c-' || n % 5000, n / 5000, 'none', 'none', $1, 'user', 'user'
                    FROM generate_series(0, 19999) AS n
                    """, [.timestamp(now.microseconds)]),
                Statement(
                    """
                    INSERT INTO confirmation (id, contact, state, expires_at, lists)
                    SELECT gen_random_uuid(), 'c-' || n % 5000, 'pending', $1, '{}' FROM generate_series(0, 9999) AS n
                    """, [.timestamp(now.microseconds)]),
                Statement("ANALYZE"),
            ])
            let plan = try await pool.run([
                Statement(
                    "EXPLAIN \(OptInReads.emailChoices)", [.text("c-7"), .timestamp(now.microseconds)])
            ])[0].map { try $0.text(0) }.joined(separator: "\n")
            #expect(!plan.contains("Seq Scan"), "\(plan)")
        }
    }
}
