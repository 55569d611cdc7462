import Messaging
import Models
import OptInDomain

/// `internal.opt-in-heard`: consent received a fact that was published before this epoch began. If this database lost
/// the fact and its status is stricter, the status is restored (X5).
struct OptInHeardHandler: Handler {
    static let type = OptInHeardNotice.type
    static let exchange = Exchange.internal
    static let sender: SuiteService? = .consent
    private let notice: OptInHeardNotice

    init(reading data: Reader) throws(Refusal) { notice = try OptInHeardNotice(reading: data) }

    func decide(_ state: inout OptIn, _ context: Context<OptIn>) throws(Refusal) -> [Effect] {
        guard notice.sequence > state.lastFact(before: context.epoch), let status = OptInStatus(rawValue: notice.status)
        else { return [] }
        let held = notice.held.flatMap(OptInStatus.init(rawValue:))
        return context.effects(of: state.recover(status, held: held, at: context.now), on: state)
    }
}
