import Messaging
import Models
import OptInDomain

/// `contact.created`: a contact starts at `none` (O1); for a known contact it works like `contact.updated`.
struct ContactCreated: Handler {
    static let type = "contact.created"
    static let exchange = Exchange.contacts
    private let data: Reader
    private let named: NamedAddress

    init(reading data: Reader) throws(Refusal) {
        self.data = data
        named = NamedAddress(in: data)
    }

    func sharedKeys(_ environment: OptIn.Environment, for principal: Principal) -> [String] { named.keys(environment) }

    func decide(_ state: inout OptIn, _ context: Context<OptIn>) throws(Refusal) -> [Effect] {
        let change = try ContactChange(reading: data, sensitive: context.environment.sensitiveFields)
        guard let email = change.email else { throw data.refusal("email", "is required") }
        let hashes = named.hashes(of: email, context.environment)
        let consequences = try state.update(hashes, cause: context.cause, at: context.now)
        return context.effects(of: consequences, on: state)
    }
}
