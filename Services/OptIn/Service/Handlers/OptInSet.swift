import Messaging
import Models
import OptInDomain
import Settings

/// `optin.set`: a user sets a status (O5), or sets and undoes `opt-out-user` (O6); an opt-out is acknowledged once all
/// send leases have expired (X3).
struct OptInSet: Handler {
    static let type = "optin.set"
    static let exchange = Exchange.requests
    private let status: SettableStatus

    static var permission: Permission? { .setOptIn }

    init(reading data: Reader) throws(Refusal) { status = try data.choice("status") }

    func decide(_ state: inout OptIn, _ context: Context<OptIn>) throws(Refusal) -> [Effect] {
        let consequences = try state.set(status.status, .user, user: context.user?.text, at: context.now)
        let result: JSON = ["status": .string(state.status.rawValue)]
        return context.effects(of: consequences, on: state)
            + [state.status.isOptOut ? .answerAfterLeases(result) : .answer(result)]
    }
}

/// Statuses that a user may set.
enum SettableStatus: String, CaseIterable {
    case singleOptInUser = "single-opt-in-user"
    case optOutUser = "opt-out-user"
    case none

    var status: OptInStatus {
        switch self {
        case .singleOptInUser: .singleOptInUser
        case .optOutUser: .optOutUser
        case .none: .none
        }
    }
}
