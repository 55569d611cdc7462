import ConsentDomain
import Messaging
import Models

/// `list.left`: updates the copy of the contact's lists that conditions read (contract section 5).
struct ListLeft: Handler {
    static let type = "list.left"
    static let exchange = Exchange.facts
    static let sender: SuiteService? = .optin

    private let list: String

    init(reading data: Reader) throws(Refusal) { list = try data.name("list") }

    func decide(_ state: inout ConsentContact, _ context: Context<ConsentContact>) throws(Refusal) -> [Effect] {
        state.hearList(list, isSubscribed: false, sequence: try context.message.sequence())
        return context.tellOfChoices(&state)
    }
}
