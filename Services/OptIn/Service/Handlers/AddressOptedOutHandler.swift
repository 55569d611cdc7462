import Messaging
import Models
import OptInDomain

/// `internal.address-opted-out`: another contact with the same address opted out (O7). `catchUp` applies that before
/// every decision, so the handler itself does nothing.
struct AddressOptedOutHandler: Handler {
    static let type = AddressOptedOutNotice.type
    static let exchange = Exchange.internal
    static let sender: SuiteService? = .optin

    init(reading data: Reader) throws(Refusal) {}

    func decide(_ state: inout OptIn, _ context: Context<OptIn>) throws(Refusal) -> [Effect] { [] }
}
