import FoundationEssentials
import Models
import NotifierDomain
import PostgreSQL

/// The hand-over's statements on mails' rows. All times are the database's, so that instances' clocks need not agree.
struct MailQueue: Sendable {
    /// Mails in one claim, normally and while the mail server accepts them fast; the limit keeps other mails from
    /// waiting long behind a claim.
    static let usualClaim = 50, largeClaim = 250
    /// Maximum bytes of campaigns' texts that a worker holds: each mail of a claim may belong to another campaign, with
    /// a text of up to 1 MiB.
    private static let textLimit = 4 * 1024 * 1024

    // A claim lasts longer than a worker may use it: 20 s for beginning mails, and 90 s for the last one. Single mails
    // go first, because a person waits for them.
    private static let claim =
        """
        WITH single AS MATERIALIZED (
            SELECT id FROM mail WHERE state = 'queued' AND kind <> 'campaign' AND due_at <= now()
            ORDER BY due_at LIMIT $3 FOR UPDATE SKIP LOCKED),
        bulk AS MATERIALIZED (
            SELECT id FROM mail WHERE state = 'queued' AND kind = 'campaign' AND due_at <= now()
            ORDER BY due_at LIMIT $3 - (SELECT count(*) FROM single) FOR UPDATE SKIP LOCKED),
        due AS (SELECT id FROM single UNION ALL SELECT id FROM bulk)
        UPDATE mail SET state = 'claimed', claim = $1, claimed_by = $2, claimed_until = now() + interval '120 s',
            attempts = attempts + 1
        FROM due LEFT JOIN mail_text ON mail_text.mail = due.id
        WHERE mail.id = due.id
        RETURNING mail.id, contact, kind, campaign, list, link_row, changes, address_hash, attempts::bigint,
            (extract(epoch FROM now() - created_at) * 1000000)::bigint, in_reply_to
        """
    private static let note =
        """
        UPDATE mail SET state = 'handing' FROM unnest($1::uuid[], $2::uuid[]) AS noted (id, claim)
        WHERE mail.id = noted.id AND mail.claim = noted.claim AND state IN ('claimed', 'handing')
        RETURNING mail.id
        """
    // Ending a mail deletes its text (E3). If another instance set the outcome to unknown, because this one could reach
    // neither the database nor the broker, the outcome is corrected and published again.
    private static let end =
        """
        WITH done AS (
            UPDATE mail SET state = ended.state, reason = ended.reason, ended_at = coalesce(ended_at, now()),
                tell_at = now() + interval '15 s', told_at = NULL, address_hash = NULL, claim = NULL,
                claimed_by = NULL, claimed_until = NULL
            FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[]) AS ended (id, claim, state, reason)
            WHERE mail.id = ended.id AND mail.claim = ended.claim
                AND (mail.state IN ('claimed', 'handing') OR mail.state = 'unknown' AND ended.state <> 'unknown')
            RETURNING mail.id, mail.state),
        forgotten AS (DELETE FROM mail_text USING done WHERE mail_text.mail = done.id),
        freed AS (
            DELETE FROM campaign_address USING done
            WHERE campaign_address.mail = done.id AND done.state IN ('failed', 'suppressed'))
        SELECT id FROM done
        """
    private static let postpone =
        """
        WITH postponed AS (
            UPDATE mail SET state = 'queued', claim = NULL, claimed_by = NULL, claimed_until = NULL,
                due_at = now() + later.pause * interval '1 microsecond', attempts = attempts - later.uncounted
            FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::integer[]) AS later (id, claim, pause, uncounted)
            WHERE mail.id = later.id AND mail.claim = later.claim AND state IN ('claimed', 'handing')
            RETURNING mail.id, kind)
        DELETE FROM campaign_address USING postponed
        WHERE campaign_address.mail = postponed.id AND postponed.kind = 'campaign'
        """
    private static let campaigns =
        """
        SELECT name, subject, body_text, body_html
        FROM (
            SELECT name, subject, body_text, body_html,
                sum(octet_length(body_text) + coalesce(octet_length(body_html), 0))
                    OVER (ORDER BY name ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS bytes_before
            FROM campaign WHERE name = ANY($1)) AS named
        WHERE coalesce(bytes_before, 0) < \(textLimit)
        """
    private static let text = "SELECT subject, body_text, body_html FROM mail_text WHERE mail = $1"
    // The interval grows each time, so that a stopped partition is not flooded with repetitions.
    private static let untold =
        """
        UPDATE mail SET tell_at = now() + greatest(interval '15 s', now() - ended_at)
        FROM (
            SELECT id FROM mail WHERE ended_at IS NOT NULL AND told_at IS NULL AND tell_at <= now()
            ORDER BY tell_at LIMIT 500 FOR UPDATE SKIP LOCKED) AS waiting
        WHERE mail.id = waiting.id
        RETURNING mail.id, contact
        """

    let pool: Pool

    /// Claims due mails, oldest first.
    func claim(atMost count: Int, for instance: UUID) async throws -> [ClaimedMail] {
        let claim = newID()
        let asked = ContinuousClock.now
        let rows = try await pool.run([
            Statement(Self.claim, [.uuid(claim), .uuid(instance), .int4(Int32(count))])
        ])[0]
        return try rows.map { try Self.mail($0, claim, asked) }.sorted { $0.ageAtClaim > $1.ageAtClaim }
    }

    /// Writes records in one transaction; returns the mails whose claim was still valid.
    func write(_ records: [HandOverRecord]) async throws -> (ended: Set<UUID>, noted: Set<UUID>) {
        let ended = records.compactMap { record in record.outcome.map { (record.mail, $0) } }
        let later = records.compactMap { record in record.postponement.map { (record.mail, $0) } }
        let noted = records.filter { $0.waiter != nil }.map(\.mail)
        var statements: [Statement] = []
        if !ended.isEmpty {
            let (results, reasons) = (ended.map(\.1.result.rawValue), ended.map(\.1.reason))
            statements.append(Self.statement(Self.end, ended.map(\.0), [.texts(results), .texts(reasons)]))
        }
        if !later.isEmpty {
            let pauses = later.map { Int64($0.1.pause.milliseconds) * 1000 }
            let uncounted: [Int32] = later.map { $0.1.counts ? 0 : 1 }
            statements.append(Self.statement(Self.postpone, later.map(\.0), [.int8s(pauses), .int4s(uncounted)]))
        }
        if !noted.isEmpty { statements.append(Self.statement(Self.note, noted)) }
        let results = try await pool.run(statements)
        return (
            ended: ended.isEmpty ? [] : Set(try results[0].map { try $0.uuid(0) }),
            noted: noted.isEmpty ? [] : Set(try results[results.count - 1].map { try $0.uuid(0) })
        )
    }

    private static func statement(_ text: String, _ mails: [ClaimedMail], _ more: [Parameter] = []) -> Statement {
        Statement(text, [.uuids(mails.map(\.id)), .uuids(mails.map(\.claim))] + more)
    }

    /// The texts of campaigns, by name: at least one of them, and as many as the limit of bytes allows.
    func campaigns(_ names: Set<String>) async throws -> [String: CampaignText] {
        guard !names.isEmpty else { return [:] }
        let rows = try await pool.run([Statement(Self.campaigns, [.texts(names.sorted())])])[0]
        return try rows.reduce(into: [:]) { texts, row in
            texts[try row.text(0)] = CampaignText(try Self.content(row, from: 1))
        }
    }

    /// The content of a mail with its own text; nil: the mail has ended.
    func text(of mail: UUID) async throws -> MailMessage.Content? {
        let rows = try await pool.run([Statement(Self.text, [.uuid(mail)])])[0]
        return try rows.first.map { try Self.content($0, from: 0) }
    }

    /// Mails that ended and whose outcome is overdue for publication.
    func untold() async throws -> [(mail: UUID, contact: ContactID)] {
        try await pool.run([Statement(Self.untold)])[0].map { row in
            guard let contact = ContactID(try row.text(1)) else { throw UnreadableRow() }
            return (try row.uuid(0), contact)
        }
    }

    private static func content(_ row: Row, from first: Int) throws(DatabaseError) -> MailMessage.Content {
        MailMessage.Content(
            subject: try row.text(first), text: try row.text(first + 1), html: try row.optionalText(first + 2))
    }

    private static func mail(
        _ row: Row, _ claim: UUID, _ claimedAt: ContinuousClock.Instant
    ) throws -> ClaimedMail {
        guard let contact = ContactID(try row.text(1)), let kind = try KindColumns(row, from: 2).value else {
            throw UnreadableRow()
        }
        return ClaimedMail(
            id: try row.uuid(0), contact: contact, kind: kind, addressHash: try row.optionalText(7),
            inReplyTo: try row.optionalText(10), attempts: Int(try row.int64(8)),
            ageAtClaim: .microseconds(max(0, try row.int64(9))), claimedAt: claimedAt, claim: claim)
    }
}
