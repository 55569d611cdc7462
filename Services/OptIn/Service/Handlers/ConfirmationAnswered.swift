import Messaging
import Models
import OptInDomain

/// `internal.confirm`: a button of the double-opt-in page was pressed (O3); "this was not me" is an opt-out, and its
/// acknowledgement waits until no permission to send can still be used (X3).
struct ConfirmationAnswered: Handler {
    static let type = ConfirmOrder.type
    static let exchange = Exchange.internal
    private let order: ConfirmOrder

    init(reading data: Reader) throws(Refusal) { order = try ConfirmOrder(reading: data) }

    func decide(_ state: inout OptIn, _ context: Context<OptIn>) throws(Refusal) -> [Effect] {
        let evidence = Change.Evidence(order.evidence)
        switch order.action {
        case .confirm:
            let consequences = try state.confirm(order.confirmation, evidence: evidence, at: context.now)
            return context.effects(of: consequences, on: state) + [.answer(["state": "confirmed"])]
        case .decline:
            let consequences = try state.decline(order.confirmation, evidence: evidence, at: context.now)
            return context.effects(of: consequences, on: state) + [.answerAfterLeases(["state": "declined"])]
        }
    }
}
