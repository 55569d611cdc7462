import FoundationEssentials
import Messaging
import Models
import NotifierDomain
import PostgreSQL

/// Recipients added in one step.
private let pageSize = 1000
/// Timeout of the question for a page; after it the job's next turn asks again.
private let answerLimit = Duration.seconds(8)

/// The job of `mail.campaign`: selects the recipients page by page; each gets one mail, even if requests are repeated
/// (N4).
struct CampaignWork: JobWork {
    // ON CONFLICT: a page may be repeated, and two requests may name the same contact. The campaign's row keeps the
    // number of mails.
    private static let insert =
        """
        WITH new AS (
            INSERT INTO mail (id, contact, kind, campaign, list)
            SELECT id, contact, 'campaign', $3, $4
            FROM unnest($1::uuid[], $2::text[]) AS recipient (id, contact)
            ON CONFLICT DO NOTHING
            RETURNING id)
        UPDATE campaign SET recipients = recipients + (SELECT count(*) FROM new) WHERE name = $3
        """
    private static let recipients = "SELECT recipients FROM campaign WHERE name = $1"

    /// The campaign and its recipients, as stored in the job's data.
    struct Order: Sendable {
        let campaign: String
        let selection: CampaignSelection

        init(campaign: String, selection: CampaignSelection) {
            self.campaign = campaign
            self.selection = selection
        }

        init(reading data: Reader) throws(Refusal) {
            campaign = try data.name("campaign")
            selection = try CampaignSelection(reading: data)
        }

        var json: JSON { .object([JSON.Member("campaign", .string(campaign)), selection.member]) }
    }

    let asker: Asker

    func step(_ job: Job, _ table: JobTable) async throws -> JobStep {
        let order = try Order(reading: try Reader(try job.data, at: "/data"))
        guard !job.isSelected else { return try await result(order, table.pool) }
        let page: ContactPage
        do {
            page = try await self.page(of: order.selection, after: job.cursor)
        } catch AskError.refused(let refusal) where refusal.code != .unavailable {
            return .refused(refusal)
        }
        // The fixed order prevents deadlocks between two jobs.
        let contacts = page.contacts.sorted()
        let insert = Statement(
            Self.insert,
            [
                .uuids(contacts.map { _ in newID() }), .texts(contacts.map(\.text)), .text(order.campaign),
                .text(order.selection.list),
            ])
        _ = try await table.advance(job, to: page.next, saving: contacts.isEmpty ? [] : [insert])
        return .goesOn
    }

    private func page(of selection: CampaignSelection, after cursor: String?) async throws -> ContactPage {
        switch selection {
        case .contacts(let contacts):
            let start = cursor.flatMap { Int($0) } ?? 0
            let end = min(start + pageSize, contacts.count)
            return ContactPage(
                contacts: Array(contacts[start..<end]), next: end < contacts.count ? String(end) : nil)
        case .list(let list):
            let question = ListMembersQuestion(list: list, after: cursor, limit: pageSize)
            return try await ask(ListMembersQuestion.type, question.json)
        case .condition(let condition):
            let question = FindQuestion(condition: condition, after: cursor, limit: pageSize)
            return try await ask(FindQuestion.type, question.json)
        }
    }

    private func ask(_ type: String, _ question: JSON) async throws -> ContactPage {
        let data = try await asker.ask(type, subject: "campaign", question, timeout: answerLimit)
        return try ContactPage(reading: try Reader(data, at: "/data"))
    }

    private func result(_ order: Order, _ pool: Pool) async throws -> JobStep {
        let rows = try await pool.run([Statement(Self.recipients, [.text(order.campaign)])])[0]
        let recipients = try rows.first?.int64(0) ?? 0
        return .done(["campaign": .string(order.campaign), "recipients": .number(String(recipients))])
    }
}
