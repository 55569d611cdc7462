import Messaging
import Models
import OptInDomain

/// `internal.email-order`: what the contact decided about e-mail on the page, or a stop and its end (C4). The answer
/// names the order in force, even if this order changed nothing (X5). Consent acknowledges it to the contact once all
/// send leases have expired (X3).
struct EmailOrderHandler: Handler {
    static let type = EmailOrder.type
    static let exchange = Exchange.internal
    static let sender: SuiteService? = .consent
    private let order: EmailOrder

    init(reading data: Reader) throws(Refusal) { order = try EmailOrder(reading: data) }

    func decide(_ state: inout OptIn, _ context: Context<OptIn>) throws(Refusal) -> [Effect] {
        let consequences = state.take(
            order, known: context.environment.lists, since: context.peerEpochs[.consent] ?? 0, context.occasion)
        let topic = order.choice.topic
        let answer = EmailOrderDone(
            answer: OrderAnswer(
                order: order.head.order, inForce: state.inForce(topic), epoch: context.epoch, number: context.number),
            topic: topic)
        return context.effects(of: consequences, on: state)
            + [.order(EmailOrderDone.type, subject: context.subject, answer.json)]
    }
}
