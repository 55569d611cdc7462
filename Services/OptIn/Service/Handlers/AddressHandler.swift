import Messaging
import Models
import OptInDomain

/// `internal.address`: the vault alone decides which address a contact has; opt-in applies its decision (O12).
struct AddressHandler: Handler {
    static let type = AddressNotice.type
    static let exchange = Exchange.internal
    static let sender: SuiteService? = .vault
    private let decision: AddressNotice

    init(reading data: Reader) throws(Refusal) { decision = try AddressNotice(reading: data) }

    func sharedKeys(_ environment: OptIn.Environment, for principal: Principal) -> [String] {
        decision.address?.texts ?? []
    }

    func decide(_ state: inout OptIn, _ context: Context<OptIn>) throws(Refusal) -> [Effect] {
        let cause = decision.causeID.text + " " + decision.causeSource
        let consequences = state.follow(decision.address, cause: cause, at: context.now)
        return context.effects(of: consequences, on: state)
    }
}
