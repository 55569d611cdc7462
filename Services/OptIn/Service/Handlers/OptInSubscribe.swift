import Messaging
import Models
import OptInDomain
import Settings

/// `optin.subscribe`: a user subscribes a contact to a list (O10).
struct OptInSubscribe: Handler {
    static let type = "optin.subscribe"
    static let exchange = Exchange.requests
    private let list: String

    static var permission: Permission? { .lists }

    init(reading data: Reader) throws(Refusal) { list = try data.name("list") }

    func decide(_ state: inout OptIn, _ context: Context<OptIn>) throws(Refusal) -> [Effect] {
        try context.environment.check(list: list)
        let consequences = try state.subscribe(to: list)
        return context.effects(of: consequences, on: state) + [.answer(state.listsAnswer)]
    }
}

extension OptIn {
    /// The result of `optin.subscribe` and `optin.leave`.
    var listsAnswer: JSON { ["lists": .array(lists.map { .string($0) })] }
}
