import ConsentDomain
import Messaging
import Models
import ServiceKit

/// `contact.created`: stores the profile's configured attributes; for a known contact it works like `contact.updated`.
struct ContactCreated: Handler {
    static let type = "contact.created"
    static let exchange = Exchange.contacts

    /// Parsed in `decide`, where the names of the sensitive fields are known (`ContactChange`).
    private let data: Reader

    init(reading data: Reader) { self.data = data }

    func decide(_ state: inout ConsentContact, _ context: Context<ConsentContact>) throws(Refusal) -> [Effect] {
        let change = try ContactChange(reading: data, sensitive: context.environment.sensitiveFields)
        context.environment.leftOut.note(change)
        try state.create(change, keeping: context.environment.attributes)
        return context.tell(&state)
    }
}
