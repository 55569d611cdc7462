import Messaging
import Models
import OptInDomain

/// `internal.email-orders`, opt-in → consent: asks for answered orders that this database may have lost, and for stops,
/// opt-outs and leavings under way (X5). After a mere restart of its database opt-in goes on without consent's answer.
struct EmailOrdersRecall: Recall {
    let peer = SuiteService.consent
    let type = RecallType.emailOrders
    let isEssential = false

    func decide(_ item: RecalledItem, _ state: inout OptIn, _ context: Context<OptIn>) throws(Refusal) -> [Effect] {
        guard let choice = EmailOrder.Choice(topic: item.topic, state: item.inForce.state) else { return [] }
        return context.effects(of: state.recall(item.inForce, of: choice, at: context.now), on: state)
    }
}
