import ConsentDomain
import Cryptography
import FoundationEssentials
import Messaging
import Models
import Settings

/// `internal.page-confirm`: a button of the page behind a confirmation mail was pressed, by a human as far as can be
/// detected (P6). The acknowledgement of a withdrawal waits until the leases have expired (X3).
struct PageConfirmHandler: Handler {
    static let type = PageConfirm.type
    static let exchange = Exchange.internal
    static let sender: SuiteService? = .consent
    static let takesNumbers = true

    private let order: ConfirmOrder

    init(reading data: Reader) throws(Refusal) { order = try ConfirmOrder(reading: data) }

    func decide(_ state: inout ConsentContact, _ context: Context<ConsentContact>) throws(Refusal) -> [Effect] {
        let press = ButtonPress(
            isEarly: order.isEarly, hasNonce: order.hasNonce, code: code(context.environment.linkKeys))
        let evidence = Evidence(
            remoteAddress: order.evidence.remoteAddress, userAgent: order.evidence.userAgent,
            isSuspect: press.looksAutomatic && press.code != .right, text: order.text)
        let (outcome, step) = try state.press(
            order.confirmation, order.action, press, context.environment.rules, by: context.act(evidence))
        let effects = context.effects(of: step) + context.tell(&state)
        guard !step.isWaiting else { return effects }
        let answer = outcome.json
        return effects + [step.withdraws ? .answerAfterLeases(answer) : .answer(answer)]
    }

    private func code(_ ring: KeyRing) -> ButtonPress.Code {
        guard let text = order.code else { return .none }
        guard let digits = MailCode.digits(in: text) else { return .unreadable }
        return LinkToken.isCode(digits, .confirm, id: order.confirmation, with: ring) ? .right : .wrong
    }
}
