import Messaging
import Models
import OptInDomain

/// `internal.address-opted-out`: another contact opted the address out (O7). Every decision takes that up first, so
/// nothing is left to do here.
struct AddressOptedOutHandler: Handler {
    static let type = AddressOptedOutNotice.type
    static let exchange = Exchange.internal
    static let sender: SuiteService? = .optin

    init(reading data: Reader) throws(Refusal) {}

    func decide(_ state: inout OptIn, _ context: Context<OptIn>) throws(Refusal) -> [Effect] { [] }
}
