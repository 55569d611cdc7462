import Messaging
import Models
import OptInDomain
import Settings

/// `optin.leave`: a user removes a contact from a list, which is no opt-out (O10); acknowledged once all send leases
/// have expired (X3).
struct OptInLeave: Handler {
    static let type = "optin.leave"
    static let exchange = Exchange.requests
    private let list: String

    static var permission: Permission? { .lists }

    init(reading data: Reader) throws(Refusal) { list = try data.name("list") }

    func decide(_ state: inout OptIn, _ context: Context<OptIn>) throws(Refusal) -> [Effect] {
        try context.environment.check(list: list)
        let consequences = try state.leave(list)
        return context.effects(of: consequences, on: state) + [.answerAfterLeases(state.listsAnswer)]
    }
}
