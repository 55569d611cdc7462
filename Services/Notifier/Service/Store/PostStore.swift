import FoundationEssentials
import Messaging
import Models
import NotifierDomain
import PostgreSQL

/// Loads and saves mails and campaigns for the partitions' batches. What happens to a mail between its order and its
/// end is `MailQueue`'s, which names columns of its own.
struct PostStore: AggregateStore {
    typealias State = Post

    // Two partitions may get requests about one campaign: its name is locked until the commit, in the names' order.
    private static let lockCampaigns =
        "SELECT pg_advisory_xact_lock(hashtextextended(name, 0))::text FROM unnest($1::text[]) AS name"
    private static let selectMails =
        """
        SELECT id, contact, kind, campaign, confirmation, address_hash, state, reason, told_at IS NOT NULL FROM mail
        WHERE id = ANY($1)
        """
    private static let selectCampaigns = "SELECT name, content_hash FROM campaign WHERE name = ANY($1)"
    private static let selectRecipients =
        "SELECT campaign, array_agg(contact) FROM recipient WHERE campaign = ANY($1) GROUP BY campaign"
    private static let insertCampaigns =
        """
        INSERT INTO campaign (name, subject, body_text, body_html, content_hash, created_at)
        SELECT name, subject, body_text, body_html, content_hash, $6
        FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bytea[])
            AS new (name, subject, body_text, body_html, content_hash)
        """
    private static let insertRecipients =
        """
        INSERT INTO recipient (campaign, contact)
        SELECT campaign, contact FROM unnest($1::text[], $2::text[]) AS new (campaign, contact)
        """
    // One mail per campaign and contact, whatever is repeated (N4).
    private static let insertMails =
        """
        INSERT INTO mail (id, contact, kind, campaign, confirmation, address_hash, due_at, created_at)
        SELECT id, contact, kind, campaign, confirmation, address_hash, $7, $7
        FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::uuid[], $6::text[])
            AS new (id, contact, kind, campaign, confirmation, address_hash)
        ON CONFLICT DO NOTHING
        """
    private static let updateMails =
        """
        UPDATE mail SET state = told.state, reason = told.reason, address_hash = NULL, claim = NULL, claimed_by = NULL,
            claimed_until = NULL, ended_at = coalesce(ended_at, $4), told_at = $4
        FROM unnest($1::uuid[], $2::text[], $3::text[]) AS told (id, state, reason)
        WHERE mail.id = told.id AND mail.told_at IS NULL
        """

    func loading(_ keys: [String]) -> [Statement] {
        let mails = keys.compactMap { Post.mail(of: $0).flatMap { UUID(uuidString: String($0)) } }
        let campaigns = keys.compactMap { Post.campaign(of: $0).map { String($0) } }.sorted()
        return [
            Statement(Self.lockCampaigns, [.texts(campaigns)]),
            Statement(Self.selectMails, [.uuids(mails)]),
            Statement(Self.selectCampaigns, [.texts(campaigns)]),
            Statement(Self.selectRecipients, [.texts(campaigns)]),
        ]
    }

    func states(of keys: [String], from rows: ArraySlice<Rows>) async throws -> [String: Post] {
        var states: [String: Post] = [:]
        let first = rows.startIndex
        for row in rows[first + 1] {
            let mail = try Self.mail(row)
            states[Post.key(mail: mail.order.mail.text)] = .mail(mail)
        }
        var recipients: [String: Set<ContactID>] = [:]
        for row in rows[first + 3] {
            recipients[try row.text(0)] = Set(try row.textArray(1).compactMap { ContactID($0) })
        }
        for row in rows[first + 2] {
            let name = try row.text(0)
            states[Post.key(campaign: name)] = .campaign(
                Campaign(name: name, contentHash: try row.bytes(1), recipients: recipients[name] ?? []))
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
        return Self.saving(campaigns, at: now) + [Self.inserting(ordered, at: now)] + [
            Statement(
                Self.updateMails,
                [
                    .uuids(told.map(\.mail)), .texts(told.map(\.result.rawValue)), .texts(told.map(\.reason)),
                    .timestamp(now.microseconds),
                ])
        ]
    }

    private static func saving(_ campaigns: [Campaign], at now: Timestamp) -> [Statement] {
        let new = campaigns.compactMap { campaign in campaign.unsaved.content.map { (campaign, $0) } }
        let recipients = campaigns.flatMap { campaign in
            campaign.unsaved.recipients.map { (campaign: campaign.name, contact: $0.text) }
        }
        return [
            Statement(
                insertCampaigns,
                [
                    .texts(new.map(\.0.name)), .texts(new.map(\.1.subject)), .texts(new.map(\.1.text)),
                    .texts(new.map(\.1.html)), .byteArrays(new.map(\.0.contentHash)), .timestamp(now.microseconds),
                ]),
            Statement(insertRecipients, [.texts(recipients.map(\.campaign)), .texts(recipients.map(\.contact))]),
        ]
    }

    private static func inserting(_ mails: [Mail], at now: Timestamp) -> Statement {
        let columns = mails.map { KindColumns($0.order.kind) }
        return Statement(
            insertMails,
            [
                .uuids(mails.map(\.order.mail)), .texts(mails.map(\.contact.text)), .texts(columns.map(\.kind)),
                .texts(columns.map(\.campaign)), .uuids(columns.map(\.confirmation)),
                .texts(mails.map(\.order.addressHash)), .timestamp(now.microseconds),
            ])
    }

    private static func mail(_ row: Row) throws -> Mail {
        let id = try row.uuid(0)
        guard let contact = ContactID(try row.text(1)),
            let kind = KindColumns(
                kind: try row.text(2), campaign: try row.optionalText(3), confirmation: try row.optionalUUID(4)
            ).value
        else { throw UnreadableRow() }
        var told: MailOutcome?
        if try row.bool(8), let result = MailOutcome.Result(rawValue: try row.text(6)) {
            told = MailOutcome(mail: id, result: result, reason: try row.optionalText(7))
        }
        return Mail(MailOrder(mail: id, kind: kind, addressHash: try row.optionalText(5)), to: contact, told: told)
    }
}

/// A mail's kind as columns.
struct KindColumns {
    let kind: String
    let campaign: String?
    let confirmation: UUID?

    init(kind: String, campaign: String?, confirmation: UUID?) {
        self.kind = kind
        self.campaign = campaign
        self.confirmation = confirmation
    }

    init(_ kind: MailOrder.Kind) {
        switch kind {
        case .doubleOptIn(let confirmation):
            self.init(kind: "double-opt-in", campaign: nil, confirmation: confirmation)
        case .campaign(let name): self.init(kind: "campaign", campaign: name, confirmation: nil)
        }
    }

    /// Nil where the columns do not fit each other.
    var value: MailOrder.Kind? {
        switch (kind, campaign, confirmation) {
        case ("double-opt-in", _, let confirmation?): .doubleOptIn(confirmation: confirmation)
        case ("campaign", let campaign?, _): .campaign(campaign)
        default: nil
        }
    }
}

/// A row that this version did not write.
struct UnreadableRow: Outage {}
