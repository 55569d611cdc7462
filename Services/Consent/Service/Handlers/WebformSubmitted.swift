import ConsentDomain
import Messaging
import Models
import ServiceKit

/// `webform.submitted`: creates the contact if it is unknown; does not change a known contact.
struct WebformSubmitted: Handler {
    static let type = Models.WebformSubmitted.type
    static let exchange = Exchange.contacts

    /// Parsed in `decide`, where the names of the sensitive fields are known (`ContactChange`).
    private let data: Reader

    init(reading data: Reader) { self.data = data }

    func decide(_ state: inout ConsentContact, _ context: Context<ConsentContact>) throws(Refusal) -> [Effect] {
        let form = try Models.WebformSubmitted(reading: data, sensitive: context.environment.sensitiveFields)
        context.environment.leftOut.note(form)
        state.submit(form, keeping: context.environment.attributes)
        return []
    }
}
