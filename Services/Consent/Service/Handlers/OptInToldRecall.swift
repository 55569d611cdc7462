import ConsentDomain
import Messaging
import Models
import PostgreSQL

/// `internal.opt-in-told`, consent → opt-in: asks for the content of opt-in's facts that this database may have lost
/// (X5).
///
/// Only conditions read this copy (contract section 5); opt-in itself decides which mails may be sent. So consent
/// starts without an answer unless it is certain that facts were lost.
struct OptInToldRecall: Recall {
    let peer = SuiteService.optin
    let type = RecallType.optInTold
    let isEssential = false
    let followsRestart = false

    private static let heard = """
        SELECT heard.sequence & 255, max(heard.sequence) + 1
        FROM contact CROSS JOIN LATERAL (
            SELECT opt_in_sequence AS sequence
            UNION ALL SELECT value::bigint FROM jsonb_each_text(list_sequences)) AS heard
        WHERE heard.sequence > 0 GROUP BY 1
        """

    private static let epoch = "SELECT epoch FROM peer_epoch WHERE service = 'optin'"

    /// The first sequence that may be lost, by opt-in's partition; facts of one partition arrive in order.
    func firstLost(_ pool: Pool) async throws -> [Int: Int64]? {
        let results = try await pool.run([Statement(Self.heard), Statement(Self.epoch)])
        var first: [Int: Int64] = [:]
        for row in results[0] { first[Int(try row.int64(0))] = try row.int64(1) }
        // Facts that opt-in recovered are numbered in its first partition but arrive through all partitions.
        if let highest = first[0], let epoch = try results[1].first?.int64(0) { first[0] = min(highest, epoch) }
        return first
    }

    func decide(
        _ item: RecalledItem, _ state: inout ConsentContact, _ context: Context<ConsentContact>
    ) throws(Refusal) -> [Effect] {
        let sequence = UInt64(clamping: item.inForce.sequence)
        if !item.topic.isEmpty {
            state.hearList(
                item.topic, isSubscribed: item.inForce.state == ListMembership.subscribed.rawValue, sequence: sequence)
            return []
        }
        // The state holds the status and, after a space, the opt-out that stays in force until the contact confirms.
        let parts = item.inForce.state.split(separator: " ").map(String.init)
        if let status = parts.first, Condition.optInStatuses.contains(status) {
            state.hearOptIn(status, from: parts.dropFirst().first, sequence: sequence)
        }
        return []
    }
}
