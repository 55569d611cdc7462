import FoundationEssentials
import Models
import PostgreSQL
import TestSupport
import Testing

@testable import ConsentService
@testable import Messaging

/// What opt-in is told of the orders about e-mail after its database lost its last commits (X5).
@Suite(.database)
struct EmailOrdersTests {
    /// Orders of one contact, each of its topic: some answered in the lost part, some under way.
    private static let orders = """
        INSERT INTO sent_order (id, contact, topic, type, data, note, epoch, sequence, request_id, request_source,
            request_type, ordered_at)
        SELECT gen_random_uuid(), o.contact, o.topic, o.type, o.data, '{}', 1, o.sequence, gen_random_uuid(), '', '',
            now()
        FROM (VALUES
            ('c-1', 'stop', 'internal.email-order', '{"state":"stopped"}', 515),
            ('c-1', 'marketing', 'internal.email-order', '{"state":"in"}', 771),
            ('c-2', 'marketing', 'internal.email-order', '{"state":"out"}', 1027),
            ('c-2', 'stop', 'internal.email-order', '{"state":"stopped"}', 0),
            ('c-3', 'creditCard', 'internal.field-lock', '{"lock":true}', 1283))
            AS o (contact, topic, type, data, sequence)
        """
    private static let answers = """
        INSERT INTO order_in_force (contact, topic, order_id, sequence, state, answer)
        SELECT a.contact, a.topic, gen_random_uuid(), a.sequence, a.state, a.answer
        FROM (VALUES
            ('c-1', 'stop', 259, 'active', 5 * 256 + 1), ('c-1', 'marketing', 259, 'out', 5 * 256 + 1),
            ('c-2', 'list.news', 259, 'left', 6 * 256 + 1), ('c-3', 'creditCard', 259, 'locked', 6 * 256 + 1),
            ('c-4', 'stop', 259, 'active', 7 * 256 + 1), ('c-5', 'stop', 259, 'stopped', 2 * 256 + 1),
            ('c-6', 'list.news', 259, 'subscribed', 7 * 256 + 2))
            AS a (contact, topic, sequence, state, answer)
        """

    @Test("X5 answered orders of the lost part, and stricter ones under way in their place; nothing of the vault's")
    func told() async throws {
        try await TestDatabase.withSchema(MessagingMigrations.all + ConsentMigrations.all) { pool in
            _ = try await pool.run([Statement(Self.orders), Statement(Self.answers)])
            func told(after: String? = nil) async throws -> [String] {
                let question = RecallQuestion(epoch: 1, lost: [1: 3 * 256 + 1, 2: 3 * 256 + 2], after: after)
                return try await pool.run([Statement(EmailOrdersHandler.statement, question.parameters)])[0].map {
                    try "\($0.text(0)) \($0.text(1)) \($0.int64(3)) \($0.text(4))"
                }
            }
            let all = [
                "c-1 marketing 259 out", "c-1 stop 515 stopped", "c-2 list.news 259 left", "c-2 marketing 1027 out",
                "c-4 stop 259 active", "c-6 list.news 259 subscribed",
            ]
            #expect(try await told() == all)
            #expect(try await told(after: "c-2\nlist.news") == Array(all[3...]))
        }
    }
}
