import ConsentDomain
import Messaging
import Models

/// `internal.address-changed`: the contact has another address, so that pending confirmation links are dead (O12).
struct AddressChangedHandler: Handler {
    static let type = AddressChangedNotice.type
    static let exchange = Exchange.internal
    static let sender: SuiteService? = .optin

    init(reading data: Reader) {}

    func decide(_ state: inout ConsentContact, _ context: Context<ConsentContact>) throws(Refusal) -> [Effect] {
        state.endLinksOfOldAddress()
        return []
    }
}
