import Messaging
import Models
import OptInDomain

/// `internal.opt-in-heard`: consent heard a fact that was told before this epoch began. What this database has lost of
/// it, and is stricter, holds again (X5).
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
