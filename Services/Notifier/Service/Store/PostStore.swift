import FoundationEssentials
import Messaging
import Models
import NotifierDomain
import PostgreSQL

/// Loads and saves mails and campaigns for the partitions' batches. What happens to a mail between its order and its
/// end is `MailQueue`'s, which names columns of its own; a campaign's mails are `CampaignWork`'s to insert.
struct PostStore: AggregateStore {
    typealias State = Post

    // Two partitions may get requests about one campaign: its name is locked until the commit, in the names' order.
    private static let lockCampaigns =
        "SELECT pg_advisory_xact_lock(hashtextextended(name, 0))::text FROM unnest($1::text[]) AS name"
    private static let selectMails =
        """
        SELECT id, contact, kind, campaign, list, confirmation, address_hash, state, reason, told_at IS NOT NULL,
            ended_at
        FROM mail WHERE id = ANY($1)
        """
    private static let selectCampaigns = "SELECT name, content_hash FROM campaign WHERE name = ANY($1)"
    private static let insertCampaigns =
        """
        INSERT INTO campaign (name, subject, body_text, body_html, content_hash, created_at)
        SELECT name, subject, body_text, body_html, content_hash, $6
        FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bytea[])
            AS new (name, subject, body_text, body_html, content_hash)
        """
    private static let insertMails =
        """
        INSERT INTO mail (id, contact, kind, confirmation, address_hash, due_at, created_at)
        SELECT id, contact, kind, confirmation, address_hash, $6, $6
        FROM unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::text[])
            AS new (id, contact, kind, confirmation, address_hash)
        ON CONFLICT DO NOTHING
        """
    private static let insertLetters =
        """
        INSERT INTO letter (mail, subject, body_text, body_html, in_reply_to)
        SELECT mail, subject, body_text, body_html, in_reply_to
        FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[])
            AS new (mail, subject, body_text, body_html, in_reply_to)
        """
    private static let updateMails =
        """
        WITH told AS (
            UPDATE mail SET state = told.state, reason = told.reason, address_hash = NULL, claim = NULL,
                claimed_by = NULL, claimed_until = NULL, ended_at = coalesce(ended_at, $4), told_at = $4
            FROM unnest($1::uuid[], $2::text[], $3::text[]) AS told (id, state, reason)
            WHERE mail.id = told.id AND mail.told_at IS NULL
            RETURNING mail.id)
        DELETE FROM letter USING told WHERE letter.mail = told.id
        """

    func loading(_ keys: [String]) -> [Statement] {
        let mails = keys.compactMap { Post.mail(of: $0).flatMap { UUID(uuidString: String($0)) } }
        let campaigns = keys.compactMap { Post.campaign(of: $0).map { String($0) } }.sorted()
        return [
            Statement(Self.lockCampaigns, [.texts(campaigns)]),
            Statement(Self.selectMails, [.uuids(mails)]),
            Statement(Self.selectCampaigns, [.texts(campaigns)]),
        ]
    }

    func states(of keys: [String], from rows: ArraySlice<Rows>) async throws -> [String: Post] {
        var states: [String: Post] = [:]
        let first = rows.startIndex
        for row in rows[first + 1] {
            let mail = try Self.mail(row)
            states[Post.key(mail: mail.id.text)] = .mail(mail)
        }
        for row in rows[first + 2] {
            let name = try row.text(0)
            states[Post.key(campaign: name)] = .campaign(Campaign(name: name, contentHash: try row.bytes(1)))
        }
        return states
    }

    func saving(_ changed: [(key: String, state: Post)], at now: Timestamp) async throws -> [Statement] {
        var campaigns: [Campaign] = []
        var ordered: [Mail] = []
        var told: [MailOutcome] = []
        for case (_, let state) in changed {
            switch state {
            case .nothing: break
            case .campaign(let campaign): campaigns.append(campaign)
            case .mail(let mail):
                if let outcome = mail.told { told.append(outcome) } else { ordered.append(mail) }
            }
        }
        return [Self.inserting(campaigns, at: now), Self.inserting(ordered, at: now), Self.letters(ordered)] + [
            Statement(
                Self.updateMails,
                [
                    .uuids(told.map(\.mail)), .texts(told.map(\.result.rawValue)), .texts(told.map(\.reason)),
                    .timestamp(now.microseconds),
                ])
        ]
    }

    private static func inserting(_ campaigns: [Campaign], at now: Timestamp) -> Statement {
        let new = campaigns.compactMap { campaign in campaign.unsaved.map { (campaign, $0) } }
        return Statement(
            insertCampaigns,
            [
                .texts(new.map(\.0.name)), .texts(new.map(\.1.subject)), .texts(new.map(\.1.text)),
                .texts(new.map(\.1.html)), .byteArrays(new.map(\.0.contentHash)), .timestamp(now.microseconds),
            ])
    }

    private static func inserting(_ mails: [Mail], at now: Timestamp) -> Statement {
        let columns = mails.map { KindColumns($0.kind) }
        return Statement(
            insertMails,
            [
                .uuids(mails.map(\.id)), .texts(mails.map(\.contact.text)), .texts(columns.map(\.kind)),
                .uuids(columns.map(\.confirmation)), .texts(mails.map(\.addressHash)), .timestamp(now.microseconds),
            ])
    }

    private static func letters(_ mails: [Mail]) -> Statement {
        let letters = mails.compactMap { mail in mail.letter.map { (mail.id, $0) } }
        return Statement(
            insertLetters,
            [
                .uuids(letters.map(\.0)), .texts(letters.map(\.1.content.subject)),
                .texts(letters.map(\.1.content.text)), .texts(letters.map(\.1.content.html)),
                .texts(letters.map(\.1.inReplyTo)),
            ])
    }

    private static func mail(_ row: Row) throws -> Mail {
        let id = try row.uuid(0)
        guard let contact = ContactID(try row.text(1)), let kind = try KindColumns(row, from: 2).value else {
            throw UnreadableRow()
        }
        var told: MailOutcome?
        if try row.bool(9), let result = MailOutcome.Result(rawValue: try row.text(7)) {
            told = MailOutcome(mail: id, result: result, reason: try row.optionalText(8))
        }
        return Mail(
            id: id, kind: kind, to: contact, addressHash: try row.optionalText(6),
            endedAt: try row.optionalTimestampMicroseconds(10).map { Timestamp(microseconds: $0) }, told: told)
    }
}

/// A row that this version did not write.
struct UnreadableRow: Outage {}
