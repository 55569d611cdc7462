import ConsentDomain
import Cryptography
import FoundationEssentials
import Messaging
import Models
import PostgreSQL

/// `internal.gate-consent`: the notifier asks at hand-over whether mails that this service ordered are still wanted
/// (N2).
struct RequestGateHandler: QueryHandler {
    static let type = GateQuestion.type(asking: .consent)
    static let exchange = Exchange.internal
    static let sender: SuiteService? = .notifier
    static let isPermission = true

    private static let wanted = """
        SELECT id FROM submission WHERE id = ANY ($1::uuid[]) AND state = 'pending' AND expires_at > now()
        """
    private let question: GateQuestion

    init(reading data: Reader) throws(Refusal) { question = try GateQuestion(reading: data) }

    func answer(_ context: QueryContext<ConsentEnvironment>) async throws -> JSON {
        var rows: [UUID: UUID] = [:]
        var firings: [UUID: ContactID] = [:]
        for mail in question.mails {
            switch mail.category {
            case .request(.change, let row), .request(.undo, let row), .request(.resumed, let row):
                rows[mail.mail] = row
            case .request(.pageLink, _): break
            case .firing: firings[mail.mail] = mail.contact
            case .campaign, .autoresponder, .workflow, .adHoc, .reply, .doubleOptIn:
                throw Refusal(.invalidField, "another service decides on such mails", at: "/data/mails")
            }
        }
        let found = try await context.pool.run([Statement(Self.wanted, [.uuids(Array(rows.values))])])[0]
        let wanted = Set(try found.map { try $0.uuid(0) })
        let refused = rows.filter { !wanted.contains($0.value) }.mapValues { _ in "superseded" }
        let reads = FiringReads(pool: context.pool, rules: context.environment.workflows)
        let held = try await reads.refusals(of: firings)
        return GateAnswer(refused: refused.merging(held) { one, _ in one }).json
    }
}
