import ConsentDomain
import Messaging
import Models

/// `internal.field-locks`, consent → vault: asks for the field orders in force at the vault that this database may have
/// lost (X5).
struct FieldLocksRecall: Recall {
    let peer = SuiteService.vault
    let type = RecallType.fieldLocks
    let isEssential = true
    let takesNumbers = true

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
