import FoundationEssentials
import Messaging
import Models
import NotifierDomain
import PostgreSQL

/// `mail.show`: the state of a mail, as long as its row is kept (N5).
struct MailShow: QueryHandler {
    static let type = "mail.show"
    static let exchange = Exchange.requests

    private static let mail =
        """
        SELECT contact, kind, campaign, state, reason, coalesce(ended_at, created_at) FROM mail WHERE id = $1
        """

    private let mail: UUID

    init(reading data: Reader) throws(Refusal) { mail = try data.uuid("mail") }

    func answer(_ context: QueryContext<NotifierEnvironment>) async throws -> JSON {
        let rows = try await context.pool.run([Statement(Self.mail, [.uuid(mail)])])[0]
        guard let row = rows.first else { throw Refusal(.notFound, "there is no such mail", at: "/data/mail") }
        // All states before the end are shown as `queued`.
        let outcome = MailOutcome.Result(rawValue: try row.text(3))
        return JSON(present: [
            "contact": .string(try row.text(0)), "category": .string(try row.text(1)),
            "campaign": .text(try row.optionalText(2)), "state": .string(outcome?.rawValue ?? "queued"),
            "reason": .text(outcome == nil ? nil : try row.optionalText(4)),
            "at": .string(Timestamp(microseconds: try row.timestampMicroseconds(5)).rfc3339),
        ])
    }
}
