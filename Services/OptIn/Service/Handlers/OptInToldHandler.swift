import Messaging
import Models
import OptInDomain
import PostgreSQL

/// Contacts that one answer reads and returns at most; they bound its time and size.
private let mostLookedAt: Int64 = 5000
private let mostTold: Int64 = 500

/// `internal.opt-in-told`, consent → opt-in: returns the statuses and lists of the contacts with facts that consent's
/// database may have lost (X5).
struct OptInToldHandler: QueryHandler {
    static let type = RecallType.optInTold
    static let exchange = Exchange.internal
    static let sender: SuiteService? = .consent

    /// The last row holds the cursor of the next page, or NULL on the last page.
    private static let statement = """
        WITH page AS MATERIALIZED (
            SELECT contact, concat_ws(' ', status, held_opt_out) AS status, lists, last_fact
            FROM contact WHERE contact > $3 ORDER BY contact LIMIT $4),
        told AS MATERIALIZED (
            SELECT contact, status, lists, last_fact
            FROM page LEFT JOIN unnest($1::bigint[], $2::bigint[]) AS lost (partition, first)
                ON (last_fact & 255) = lost.partition
            WHERE last_fact >= coalesce(lost.first, 1) ORDER BY contact LIMIT $5)
        SELECT * FROM told
        UNION ALL
        SELECT CASE WHEN (SELECT count(*) FROM told) = $5 THEN (SELECT max(contact) FROM told)
            WHEN (SELECT count(*) FROM page) = $4 THEN (SELECT max(contact) FROM page) END, '', '{}', 0
        """
    private let question: RecallQuestion

    init(reading data: Reader) throws(Refusal) { question = try RecallQuestion(reading: data) }

    func answer(_ context: QueryContext<OptIn.Environment>) async throws -> JSON {
        let lost = question.lost.sorted { $0.key < $1.key }
        let rows = try await context.pool.run([
            Statement(
                Self.statement,
                [
                    .int8s(lost.map { Int64($0.key) }), .int8s(lost.map(\.value)), .text(question.after ?? ""),
                    .int8(mostLookedAt), .int8(mostTold),
                ])
        ])[0]
        let lists = context.environment.lists.sorted()
        var page = ReplyPage()
        var next = try rows.last?.optionalText(0)
        var before: String?
        for row in rows.dropLast() {
            guard let contact = ContactID(try row.text(0)) else { continue }
            let number = try row.int64(3)
            let subscribed = Set(try row.textArray(2))
            let told =
                [("", try row.text(1))]
                + lists.map { ($0, (subscribed.contains($0) ? ListMembership.subscribed : .left).rawValue) }
            let isWhole = told.allSatisfy { topic, state in
                let inForce = OrderInForce(order: nil, sequence: number, state: state)
                return page.add(RecalledItem(contact: contact, topic: topic, inForce: inForce).json)
            }
            // A contact that no longer fits begins the next page.
            guard isWhole else {
                next = before
                break
            }
            before = contact.text
        }
        return ["items": .array(page.elements), "next": .text(next) ?? .null]
    }
}
