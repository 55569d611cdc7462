import Foundation
import Messaging
import Models
import OptInDomain
import PostgreSQL
import TestSupport
import Testing

@testable import OptInService

private let both = AddressHashes(newest: "1.2.a", older: ["1.1.a"])

/// Addresses' rows under several versions of the key (O15), against a real database.
@Suite(.database)
struct AddressStoreTests {
    private let store = OptInStore()

    /// One batch of one message: its contact, the hashes that it names, and what it does.
    private func batch(
        _ pool: Pool, _ contact: String, naming hashes: AddressHashes?, _ decide: (inout OptIn) throws -> Void
    ) async throws -> OptIn {
        try await pool.withConnection { connection in
            let named = (hashes?.texts ?? []).sorted()
            let loading = store.loading([contact])
            let rows = try await connection.run(
                [Statement("BEGIN")] + loading + store.loadingShared(of: [contact], and: named))
            let ofStates = rows[1...loading.count]
            var state = try await store.states(of: [contact], from: ofStates)[contact] ?? OptIn()
            let loaded = try store.shared(from: rows[ofStates.endIndex...])
            state.shared = loaded
            _ = state.catchUp(at: now)
            try decide(&state)
            let changed = state.shared.filter { loaded[$0.key] != $0.value }.map { (key: $0.key, value: $0.value) }
            let missing = Set(named).union(changed.map(\.key)).subtracting(loaded.keys)
            let saving =
                try await store.saving([(contact, state)], at: now)
                + store.savingShared(changed.sorted { $0.key < $1.key }, missing: missing)
            _ = try await connection.run(saving + [Statement("COMMIT")])
            return state
        }
    }

    private func rows(_ pool: Pool, _ sql: String) async throws -> [String] {
        try await pool.run([Statement(sql)])[0].map { try $0.text(0) }
    }

    @Test("O7, O15 an opt-out before the key changed holds after it, and the other way round, for every contact")
    func change() async throws {
        try await TestDatabase.withSchema(OptInMain.migrations) { pool in
            let old = AddressHashes(newest: "1.1.a")
            _ = try await batch(pool, "c-1", naming: old) { _ = $0.name(old, cause: "1", at: now) }
            _ = try await batch(pool, "c-1", naming: nil) { _ = try $0.unsubscribe() }
            let new = try await batch(pool, "c-2", naming: both) { _ = $0.name(both, cause: "2", at: now) }
            #expect(new.status == .optOutContact)
            // A third contact lifts it; then the first, whose row still has the old hash, opts out again.
            let link = UUID()
            _ = try await batch(pool, "c-3", naming: both) { state in
                _ = try state.submit(.ticked(), address: both, cause: "3", .at(now, id: link, contact: "c-3"))
                state.mailed(link)
                _ = try state.confirm(link)
            }
            #expect(try await rows(pool, "SELECT hash FROM address WHERE is_opted_out") == [])
            let reads = OptInReads(pool: pool, replyWindow: nil)
            let contacts = try ["c-1", "c-3"].map { try #require(ContactID($0)) }
            #expect(try await reads.recipients(of: contacts)["c-1"]?.addressHashes.contains("1.2.a") == true)
            #expect(try await reads.recipients(of: contacts)["c-3"]?.addressHashes.contains("1.1.a") == true)
            #expect(try await rows(pool, "SELECT address_hash FROM contact WHERE contact = 'c-1'") == ["1.1.a"])
            _ = try await batch(pool, "c-1", naming: nil) { state in
                _ = try state.submit(.ticked(), address: both, cause: "4", .at(now + day, contact: "c-1"))
                _ = try state.unsubscribe()
            }
            #expect(try await rows(pool, "SELECT address_hash FROM contact WHERE contact = 'c-1'") == ["1.2.a"])
            #expect(try await reads.recipients(of: contacts)["c-3"]?.status == .optOutContact)
            #expect(try await batch(pool, "c-3", naming: nil) { _ in }.status == .optOutContact)
            #expect(
                try await rows(pool, "SELECT hash || ' ' || coalesce(same_as, '-') FROM address ORDER BY 1")
                    == ["1.1.a 1.2.a", "1.2.a -"])
        }
    }

    @Test("O7, O15 who still has the old hash is told of an opt-out under the new one")
    func spreading() async throws {
        try await TestDatabase.withSchema(OptInMain.migrations) { pool in
            let old = AddressHashes(newest: "1.1.a")
            _ = try await batch(pool, "c-1", naming: old) { _ = $0.name(old, cause: "1", at: now) }
            _ = try await batch(pool, "c-2", naming: both) { _ = $0.name(both, cause: "2", at: now) }
            _ = try await batch(pool, "c-2", naming: nil) { _ = try $0.unsubscribe() }
            let lagging = """
                SELECT c.contact FROM contact AS c JOIN address AS a ON a.hash = c.address_hash
                WHERE a.is_spreading AND c.opt_out_seen < a.opt_out_count
                """
            #expect(try await rows(pool, lagging) == ["c-1"])
            let reads = OptInReads(pool: pool, replyWindow: nil)
            let contact = try #require(ContactID("c-1"))
            #expect(try await reads.groups(of: [contact], on: nil).first?.recipient.status == .optOutContact)
            _ = try await batch(pool, "c-1", naming: nil) { _ in }
            #expect(try await rows(pool, lagging) == [])
        }
    }

    @Test("O15 a third version: what led to the second leads to the third")
    func third() async throws {
        try await TestDatabase.withSchema(OptInMain.migrations) { pool in
            _ = try await batch(pool, "c-1", naming: both) { _ = $0.name(both, cause: "1", at: now) }
            let all = AddressHashes(newest: "1.3.a", older: ["1.2.a"])
            _ = try await batch(pool, "c-2", naming: all) { _ = $0.name(all, cause: "2", at: now) }
            #expect(
                try await rows(pool, "SELECT hash || ' ' || coalesce(same_as, '-') FROM address ORDER BY 1")
                    == ["1.1.a 1.3.a", "1.2.a 1.3.a", "1.3.a -"])
            let first = try await batch(pool, "c-1", naming: nil) { _ = try $0.unsubscribe() }
            #expect(first.address.current == "1.3.a")
            #expect(try await batch(pool, "c-2", naming: nil) { _ in }.status == .optOutContact)
        }
    }

    @Test("O12 an address that the vault decided on before its message came is locked with the contact")
    func decidedBefore() async throws {
        try await TestDatabase.withSchema(OptInMain.migrations) { pool in
            let old = AddressHashes(newest: "1.1.a")
            let other = AddressHashes(newest: "1.1.b")
            _ = try await batch(pool, "c-1", naming: old) { _ = $0.name(old, cause: "1", at: now) }
            _ = try await batch(pool, "c-1", naming: nil) { _ = try $0.unsubscribe() }
            _ = try await batch(pool, "c-2", naming: old) { _ = $0.follow(old, cause: "2", at: now) }
            // The message names another address, which the vault refused; the record of the one it kept is at hand.
            let state = try await batch(pool, "c-2", naming: other) { _ = $0.name(other, cause: "2", at: now) }
            #expect(state.address.current == "1.1.a" && state.status == .optOutContact)
        }
    }
}
