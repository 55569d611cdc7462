import FoundationEssentials
import Messaging
import Models
import PostgreSQL

/// `internal.mail-contact`: whose mail it was that a one-click link stood in (O11).
struct InternalMailContact: QueryHandler {
    typealias Environment = NotifierEnvironment

    static let type = MailQuestion.type
    static let exchange = Exchange.internal
    private static let select = "SELECT contact FROM mail WHERE id = $1"

    private let question: MailQuestion

    init(reading data: Reader) throws(Refusal) { question = try MailQuestion(reading: data) }

    func answer(_ context: QueryContext<NotifierEnvironment>) async throws -> JSON {
        let rows = try await context.pool.run([Statement(Self.select, [.uuid(question.mail)])])[0]
        guard let row = rows.first else { throw Refusal(.notFound, "the mail is not known", at: "/data/mail") }
        return ["contact": .string(try row.text(0))]
    }
}
