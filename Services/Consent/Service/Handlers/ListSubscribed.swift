import ConsentDomain
import Messaging
import Models

/// `list.subscribed`: updates the copy of the contact's lists that conditions read (contract section 5).
struct ListSubscribed: Handler {
    static let type = "list.subscribed"
    static let exchange = Exchange.facts
    static let sender: SuiteService? = .optin

    private let list: String

    init(reading data: Reader) throws(Refusal) { list = try data.name("list") }

    func decide(_ state: inout ConsentContact, _ context: Context<ConsentContact>) throws(Refusal) -> [Effect] {
        state.hearList(list, isSubscribed: true, sequence: try context.message.sequence())
        return context.tellOfChoices(&state)
    }
}
