import Messaging
import Models
import NotifierDomain
import PostgreSQL

/// `mail.progress`: the progress of a campaign (N4).
struct MailProgressAsked: QueryHandler {
    static let type = "mail.progress"
    static let exchange = Exchange.requests

    // Ended mails are counted in their own index; the queued ones are the rest of the recipients.
    private static let progress =
        """
        SELECT c.recipients, ended.state, ended.reason, coalesce(ended.count, 0)
        FROM campaign c LEFT JOIN LATERAL (
            SELECT state, reason, count(*) AS count FROM mail
            WHERE campaign = c.name AND ended_at IS NOT NULL GROUP BY state, reason) ended ON true
        WHERE c.name = $1
        """

    private let campaign: String

    init(reading data: Reader) throws(Refusal) { campaign = try data.name("campaign") }

    func answer(_ context: QueryContext<NotifierEnvironment>) async throws -> JSON {
        let rows = try await context.pool.run([Statement(Self.progress, [.text(campaign)])])[0]
        guard let first = rows.first else {
            throw Refusal(.notFound, "no such campaign", at: "/data/campaign")
        }
        var progress = MailProgress(recipients: try first.int64(0))
        for row in rows {
            guard let state = try row.optionalText(1) else { continue }
            guard let result = MailOutcome.Result(rawValue: state) else { throw UnreadableRow() }
            progress.add(try row.int64(3), ended: result, reason: try row.optionalText(2))
        }
        return progress.json
    }
}
