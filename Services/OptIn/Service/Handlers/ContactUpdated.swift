import Messaging
import Models
import OptInDomain

/// `contact.updated`: a new address starts again at `none` (O12); opt-in stores nothing else of the message. A stopped
/// contact's record is `locked` (C4).
struct ContactUpdated: Handler {
    static let type = "contact.updated"
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
        guard let email = change.email else {
            guard state.exists else { throw Refusal(.unknownContact, "the contact was never created") }
            try state.requireNotStopped()
            return []
        }
        let hashes = named.hashes(of: email, context.environment)
        let consequences = try state.update(hashes, cause: context.cause, at: context.now)
        return context.effects(of: consequences, on: state)
    }
}
