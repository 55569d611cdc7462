import Cryptography
import Messaging
import Models
import OptInDomain
import ServiceKit

/// `internal.confirm`: a button of the double-opt-in page was pressed (O3), by a human as far as can be detected (P6).
/// "This was not me" is an opt-out; its acknowledgement waits until all send leases have expired (X3).
struct ConfirmHandler: Handler {
    static let type = ConfirmOrder.type
    static let exchange = Exchange.internal
    static let sender: SuiteService? = .consent
    private let order: ConfirmOrder

    init(reading data: Reader) throws(Refusal) { order = try ConfirmOrder(reading: data) }

    func decide(_ state: inout OptIn, _ context: Context<OptIn>) throws(Refusal) -> [Effect] {
        var evidence = Change.Evidence(order.evidence)
        evidence.text = order.text
        let press = ButtonPress(
            isEarly: order.isEarly, hasNonce: order.hasNonce, code: code(context.environment))
        switch order.action {
        case .confirm:
            let (outcome, consequences) = try state.confirm(
                order.confirmation, press, evidence: evidence, context.occasion)
            return context.effects(of: consequences, on: state) + [.answer(outcome.json)]
        case .decline:
            let consequences = try state.decline(order.confirmation, press, evidence: evidence, context.occasion)
            return context.effects(of: consequences, on: state)
                + [.answerAfterLeases(ConfirmOutcome.declined.json)]
        }
    }

    private func code(_ environment: OptIn.Environment) -> ButtonPress.Code {
        guard let text = order.code else { return .none }
        guard let digits = MailCode.digits(in: text) else { return .unreadable }
        let isRight = LinkToken.isCode(digits, .optIn, id: order.confirmation, with: environment.linkKeys.ring)
        return isRight ? .right : .wrong
    }
}
