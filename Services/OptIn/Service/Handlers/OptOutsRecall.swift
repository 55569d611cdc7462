import Messaging
import Models
import OptInDomain

/// `internal.opt-outs`, opt-in → consent: asks for statuses that consent received and this database may have lost (X5).
///
/// Consent holds a copy of the facts and takes no part in decisions. So if consent is unavailable and the database
/// server was only restarted, opt-in starts without its answer.
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
