import Logging
import Messaging
import PostgreSQL
import ServiceKit
import Settings

/// Maximum rows of one statement.
private let pageSize = 500
/// Time between two sweeps: a tenth of the time for which mails are kept, within these limits.
private let shortestInterval = Duration.seconds(5), longestInterval = Duration.seconds(600)

/// Deletes published mails `keep.mails` after their end, and campaigns without mails (N5). Every instance sweeps, a
/// page at a time, and skips rows that another one has locked.
struct MailRetention {
    // The text was already deleted when the mail ended (E3).
    private static let mails =
        """
        WITH old AS MATERIALIZED (
            SELECT id, campaign FROM mail
            WHERE told_at IS NOT NULL AND ended_at < now() - $1::bigint * interval '1 microsecond'
            ORDER BY ended_at LIMIT \(pageSize) FOR UPDATE SKIP LOCKED),
        gone AS (DELETE FROM mail USING old WHERE mail.id = old.id),
        freed AS (DELETE FROM campaign_address USING old WHERE campaign_address.mail = old.id),
        counted AS (
            UPDATE campaign SET recipients = recipients - old_mails.number
            FROM (
                SELECT campaign, count(*) AS number FROM old WHERE campaign IS NOT NULL GROUP BY campaign) AS old_mails
            WHERE campaign.name = old_mails.campaign)
        SELECT count(*) FROM old
        """
    // A campaign whose recipients are still being selected is kept, regardless of its age.
    private static let campaigns =
        """
        WITH page AS MATERIALIZED (SELECT name FROM campaign WHERE name > $2 ORDER BY name LIMIT \(pageSize)),
        gone AS (
            DELETE FROM campaign USING page
            WHERE campaign.name = page.name AND requested_at < now() - $1::bigint * interval '1 microsecond'
                AND NOT EXISTS (SELECT FROM mail WHERE mail.campaign = campaign.name)
                AND NOT EXISTS (SELECT FROM job WHERE type = 'mail.campaign' AND result IS NULL))
        SELECT max(name) FROM page
        """

    private let pool: Pool
    private let log: Logger
    private let age: Int64
    private let interval: Duration

    init(_ host: Host) {
        pool = host.pool
        log = host.log
        let kept = host.settings.mailsKept
        age = kept.components.seconds * 1_000_000
        interval = min(max(kept / 10, shortestInterval), longestInterval)
    }

    var companion: Periodic {
        Periodic(
            every: interval, after: interval,
            failure: "deleting rows of old mails failed; the next sweep deletes them", log: log
        ) { try await sweep() }
    }

    private func sweep() async throws {
        while !Task.isCancelled {
            let rows = try await pool.run([Statement(Self.mails, [.int8(age)])])[0]
            guard try rows.first?.int64(0) == Int64(pageSize) else { break }
        }
        var name: String? = ""
        while let last = name, !Task.isCancelled {
            name = try await pool.run([Statement(Self.campaigns, [.int8(age), .text(last)])])[0].first?.optionalText(0)
        }
    }
}
