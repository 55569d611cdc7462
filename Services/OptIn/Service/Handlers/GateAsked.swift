import FoundationEssentials
import Messaging
import Models
import OptInDomain
import PostgreSQL

/// `internal.gate`: the notifier asks at hand-over whether its mails may still go (N2, X3).
struct GateAsked: QueryHandler {
    static let type = GateQuestion.type
    static let exchange = Exchange.internal
    private let question: GateQuestion

    init(reading data: Reader) throws(Refusal) { question = try GateQuestion(reading: data) }

    func answer(_ context: QueryContext<OptIn.Environment>) async throws -> JSON {
        let environment = context.environment
        let confirmations = question.mails.compactMap { mail -> UUID? in
            guard case .doubleOptIn(let confirmation) = mail.category else { return nil }
            return confirmation
        }
        async let pendingNow =
            confirmations.isEmpty ? [] : environment.reads.pending(among: confirmations, at: context.now)
        let standings = try await environment.reads.standings(of: question.mails.map(\.contact))
        let pending = try await pendingNow
        var refused: [UUID: String] = [:]
        for mail in question.mails {
            switch mail.category {
            case .campaign(let list):
                refused[mail.mail] = refusalToSend(
                    .campaign, to: standings[mail.contact.text], list: list, policy: environment.policy)
            case .autoresponder, .workflow, .adHoc, .reply:
                refused[mail.mail] = refusalToSend(
                    .adHoc, to: standings[mail.contact.text], list: nil, policy: environment.policy)
            case .doubleOptIn(let confirmation):
                if !pending.contains(confirmation) { refused[mail.mail] = "superseded" }
            }
        }
        return GateAnswer(refused: refused).json
    }
}
