import Foundation
import Models
import OptInDomain
import PostgreSQL
import TestSupport
import Testing

@testable import OptInService

@Suite(.database)
struct ConfirmationReadsTests {
    @Test("P6 a press counts as early until 10 s after the hand-over was first heard of, by the database's clock")
    func early() async throws {
        try await TestDatabase.withSchema(OptInMain.migrations) { pool in
            let (store, link) = (OptInStore(), UUID())
            let reads = OptInReads(pool: pool, replyWindow: nil)
            var state = contact(.singleOptInWebform, confirmation: link)
            state.confirmations[0].isHanded = false
            func save() async throws { _ = try await pool.run(try await store.saving([("c-1", state)], at: now)) }
            func isEarly() async throws -> Bool? { try await reads.confirmation(link, at: now)?.isEarly }
            func wait(_ seconds: Int64) async throws {
                _ = try await pool.run([
                    Statement(
                        "UPDATE confirmation SET handed_at = handed_at - $1::bigint * interval '1 second'",
                        [.int8(seconds)])
                ])
            }
            try await save()
            #expect(try await isEarly() == true, "nobody knows when the mail went")
            state.mailed(link)
            try await save()
            #expect(try await isEarly() == true)
            try await wait(8)
            #expect(try await isEarly() == true)
            try await wait(3)
            // A report that comes again does not begin the time anew.
            state.mailed(link)
            try await save()
            #expect(try await isEarly() == false)
        }
    }
}
