import Messaging
import Models
import OptInDomain

/// `internal.opt-outs`, opt-in → consent: statuses that consent was told of, and that this database may lack (X5).
///
/// Consent holds a copy of what the facts said. It is no party to the decision, so that where it is away and the server
/// was only restarted, opt-in goes on without it.
struct OptOutsRecall: Recall {
    let peer = SuiteService.consent
    let type = RecallType.optOuts
    let isEssential = false

    func decide(_ item: RecalledItem, _ state: inout OptIn, _ context: Context<OptIn>) throws(Refusal) -> [Effect] {
        guard let status = OptInStatus(rawValue: item.inForce.state) else { return [] }
        let held = OptInStatus(rawValue: item.topic)
        return context.effects(of: state.recover(status, held: held, at: context.now), on: state)
    }
}
