import ConsentDomain
import Messaging
import Models

/// Asks a service for the orders in force there that this database may have lost (X5).
struct OrdersRecall: Recall {
    let peer: SuiteService
    let type: String
    let isEssential: Bool
    let takesNumbers = true

    /// All that this service asks. It does not start without the vault's answer, which says what is locked.
    static let all = [
        OrdersRecall(peer: .vault, type: RecallType.fieldLocks, isEssential: true),
        OrdersRecall(peer: .optin, type: RecallType.followedEmailOrders, isEssential: false),
        OrdersRecall(peer: .erasure, type: RecallType.rightsRequests, isEssential: false),
    ]

    func decide(
        _ item: RecalledItem, _ state: inout ConsentContact, _ context: Context<ConsentContact>
    ) throws(Refusal) -> [Effect] {
        let consent = context.environment.consent(of: item.topic)
        let (answered, order) = try state.recall(
            item.inForce, of: item.topic, on: consent, by: DecisionAct(recoveredBy: context))
        let answers: [Effect] = answered.compactMap { order in
            FieldLockNote(order).map {
                .answerKept(order.request, ["index": .string($0.decision.index.description)], afterLeases: true)
            }
        }
        return answers + [order].compactMap { $0 }.map { .order($0, context.subject) }
    }
}
