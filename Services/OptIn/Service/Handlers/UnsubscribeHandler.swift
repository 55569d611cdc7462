import Messaging
import Models
import OptInDomain

/// `internal.unsubscribe`: the mail program's one POST (O11), acknowledged once no permission to send can still be used
/// (X3).
struct UnsubscribeHandler: Handler {
    static let type = UnsubscribeOrder.type
    static let exchange = Exchange.internal
    static let sender: SuiteService? = .consent
    private let order: UnsubscribeOrder

    init(reading data: Reader) throws(Refusal) { order = try UnsubscribeOrder(reading: data) }

    func decide(_ state: inout OptIn, _ context: Context<OptIn>) throws(Refusal) -> [Effect] {
        let consequences = try state.unsubscribe(evidence: Change.Evidence(order.evidence), context.occasion)
        return context.effects(of: consequences, on: state)
            + [.answerAfterLeases(["status": .string(state.status.rawValue)])]
    }
}
