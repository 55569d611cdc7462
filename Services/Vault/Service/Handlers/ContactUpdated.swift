import Messaging
import Models
import ServiceKit
import VaultDomain

/// `contact.updated`: stores the contact's fields. The data is parsed in `decide`, so that even a refusal can have
/// effects.
struct ContactUpdated: Handler {
    static let type = "contact.updated"
    static let exchange = Exchange.contacts
    private let data: Reader
    var weight: Int { FieldWeight.of(data.json["profile"], each: FieldWeight.plain) }

    init(reading data: Reader) { self.data = data }

    func decide(_ fields: inout Fields, _ context: Context<Fields>) throws(Refusal) -> [Effect] {
        fields.decide(data, context) { (fields) throws(Refusal) in
            let environment = context.environment
            let change = try ContactChange(reading: data, sensitive: environment.sensitive)
            environment.leftOut.note(change)
            let edit = try environment.edit(email: change.email, locale: change.locale, profile: change.profile)
            try fields.update(edit, rules: environment.rules, by: context.message.account, at: context.now)
        }
    }
}
