import FoundationEssentials
import Messaging
import Models
import NotifierDomain
import PostgreSQL

/// Loads and saves mails and campaigns for the partitions' batches. `MailQueue` changes a mail between its order and
/// its end, in columns of its own; `CampaignWork` inserts a campaign's mails.
struct MailStore: AggregateStore {
    typealias State = MailOrCampaign

    // Two partitions may get requests about one campaign, so its name is locked until the commit. The names are locked
    // in order, which prevents deadlocks.
    private static let lockCampaigns =
        "SELECT pg_advisory_xact_lock(hashtextextended(name, 0))::text FROM unnest($1::text[]) AS name"
    private static let selectMails =
        """
        SELECT id, contact, kind, campaign, list, link_row, changes, address_hash, state, reason,
            told_at IS NOT NULL, ended_at
        FROM mail WHERE id = ANY($1)
        """
    private static let selectCampaigns = "SELECT name, content_hash FROM campaign WHERE name = ANY($1)"
    // A repeated request for a campaign has the same content.
    private static let insertCampaigns =
        """
        INSERT INTO campaign (name, subject, body_text, body_html, content_hash)
        SELECT name, subject, body_text, body_html, content_hash
        FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bytea[])
            AS new (name, subject, body_text, body_html, content_hash)
        ON CONFLICT (name) DO UPDATE SET requested_at = now()
        """
    // Due at once by the database's clock, which the claims use too.
    private static let insertMails =
        """
        INSERT INTO mail (id, contact, kind, link_row, changes, address_hash)
        SELECT id, contact, kind, link_row, changes, address_hash
        FROM unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::text[], $6::text[])
            AS new (id, contact, kind, link_row, changes, address_hash)
        ON CONFLICT DO NOTHING
        """
    private static let insertTexts =
        """
        INSERT INTO mail_text (mail, subject, body_text, body_html, in_reply_to)
        SELECT mail, subject, body_text, body_html, in_reply_to
        FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[])
            AS new (mail, subject, body_text, body_html, in_reply_to)
        """
    // Sets `told_at` only if the state is unchanged: an unknown outcome may have become known meanwhile.
    private static let noteTold =
        """
        UPDATE mail SET told_at = now()
        FROM unnest($1::uuid[], $2::text[]) AS told (id, state)
        WHERE mail.id = told.id AND mail.state = told.state AND mail.told_at IS NULL
        """

    func loading(_ keys: [String]) -> [Statement] {
        let mails = keys.compactMap { MailOrCampaign.mail(of: $0).flatMap { UUID(uuidString: String($0)) } }
        let campaigns = keys.compactMap { MailOrCampaign.campaign(of: $0).map { String($0) } }.sorted()
        return [
            Statement(Self.lockCampaigns, [.texts(campaigns)]),
            Statement(Self.selectMails, [.uuids(mails)]),
            Statement(Self.selectCampaigns, [.texts(campaigns)]),
        ]
    }

    func states(of keys: [String], from rows: ArraySlice<Rows>) async throws -> [String: MailOrCampaign] {
        var states: [String: MailOrCampaign] = [:]
        let first = rows.startIndex
        for row in rows[first + 1] {
            let mail = try Self.mail(row)
            states[MailOrCampaign.key(mail: mail.id.text)] = .mail(mail)
        }
        for row in rows[first + 2] {
            let name = try row.text(0)
            states[MailOrCampaign.key(campaign: name)] = .campaign(Campaign(name: name, contentHash: try row.bytes(1)))
        }
        return states
    }

    func saving(_ changed: [(key: String, state: MailOrCampaign)], at now: Timestamp) async throws -> [Statement] {
        var campaigns: [Campaign] = []
        var ordered: [Mail] = []
        var told: [(mail: UUID, result: MailOutcome.Result)] = []
        for case (_, let state) in changed {
            switch state {
            case .nothing: break
            case .campaign(let campaign): campaigns.append(campaign)
            case .mail(let mail):
                if let outcome = mail.outcome { told.append((mail.id, outcome.result)) } else { ordered.append(mail) }
            }
        }
        return [
            Self.inserting(campaigns), Self.inserting(ordered), Self.texts(ordered),
            Statement(Self.noteTold, [.uuids(told.map(\.mail)), .texts(told.map(\.result.rawValue))]),
        ]
    }

    private static func inserting(_ campaigns: [Campaign]) -> Statement {
        let new = campaigns.compactMap { campaign in campaign.requested.map { (campaign, $0) } }
            .sorted { $0.0.name < $1.0.name }
        return Statement(
            insertCampaigns,
            [
                .texts(new.map(\.0.name)), .texts(new.map(\.1.subject)), .texts(new.map(\.1.text)),
                .texts(new.map(\.1.html)), .byteArrays(new.map(\.0.contentHash)),
            ])
    }

    private static func inserting(_ mails: [Mail]) -> Statement {
        let columns = mails.map { KindColumns($0.kind) }
        return Statement(
            insertMails,
            [
                .uuids(mails.map(\.id)), .texts(mails.map(\.contact.text)), .texts(columns.map(\.kind)),
                .uuids(columns.map(\.row)), .texts(columns.map(\.changes)), .texts(mails.map(\.addressHash)),
            ])
    }

    private static func texts(_ mails: [Mail]) -> Statement {
        let texts = mails.compactMap { mail in mail.text.map { (mail.id, $0) } }
        return Statement(
            insertTexts,
            [
                .uuids(texts.map(\.0)), .texts(texts.map(\.1.content.subject)),
                .texts(texts.map(\.1.content.text)), .texts(texts.map(\.1.content.html)),
                .texts(texts.map(\.1.inReplyTo)),
            ])
    }

    private static func mail(_ row: Row) throws -> Mail {
        let id = try row.uuid(0)
        guard let contact = ContactID(try row.text(1)), let kind = try KindColumns(row, from: 2).value else {
            throw UnreadableRow()
        }
        let reason = try row.optionalText(9)
        return Mail(
            id: id, kind: kind, to: contact, addressHash: try row.optionalText(7),
            outcome: MailOutcome.Result(rawValue: try row.text(8)).map { MailOutcome($0, reason) },
            endedAt: try row.optionalTimestampMicroseconds(11).map { Timestamp(microseconds: $0) },
            isTold: try row.bool(10))
    }
}

/// The table holds a row that this version did not write.
struct UnreadableRow: Outage {}
