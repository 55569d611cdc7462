import Messaging
import Models
import ServiceKit
import VaultDomain

/// `webform.submitted`: creates an unknown contact. The data is parsed in `decide`, so that even a refusal can have
/// effects.
struct WebformSubmitted: Handler {
    static let type = Models.WebformSubmitted.type
    static let exchange = Exchange.contacts
    private let data: Reader
    var weight: Int { FieldWeight.of(data.json["profile"], each: FieldWeight.plain) }

    init(reading data: Reader) { self.data = data }

    func decide(_ fields: inout Fields, _ context: Context<Fields>) throws(Refusal) -> [Effect] {
        fields.decide(data, context) { (fields) throws(Refusal) in
            let environment = context.environment
            let form = try Models.WebformSubmitted(reading: data, sensitive: environment.sensitive)
            environment.leftOut.note(form)
            let edit = try environment.edit(email: form.email, locale: form.locale, profile: form.profile)
            try fields.submit(edit, rules: environment.rules, by: context.message.account, at: context.now)
        }
    }
}
