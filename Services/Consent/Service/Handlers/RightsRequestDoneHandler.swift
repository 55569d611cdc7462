import ConsentDomain
import Cryptography
import FoundationEssentials
import Messaging
import Models
import Settings

/// `internal.rights-request-done`: the erasure service recorded the contact's request (C5).
struct RightsRequestDoneHandler: Handler {
    static let type = RightsRequestDone.type
    static let exchange = Exchange.internal
    static let sender: SuiteService? = .erasure

    private let answer: RightsRequestDone

    init(reading data: Reader) throws(Refusal) { answer = try RightsRequestDone(reading: data) }

    func decide(_ state: inout ConsentContact, _ context: Context<ConsentContact>) throws(Refusal) -> [Effect] {
        state.isRequested(answer.kind, dueAt: answer.dueAt)
        return context.take(answer.answer, on: answer.kind.topic, from: .erasure, &state)
    }
}
