import Cryptography
import Messaging
import Models
import VaultDomain

/// Maximum fields in one request; a contact has no more.
private let mostFields = 200

/// `vault.read`: shows sensitive fields masked (V2) and all others whole (V4a).
struct VaultRead: Handler {
    static let type = "vault.read"
    static let exchange = Exchange.requests
    static let isReading = true
    private let asked: [String]?

    init(reading data: Reader) throws(Refusal) {
        asked = data.optional("fields") == nil ? nil : try data.names("fields", limit: mostFields)
    }

    /// The reply is computed after the commit and never stored; the values are those of the decision.
    func decide(_ fields: inout Fields, _ context: Context<Fields>) throws(Refusal) -> [Effect] {
        let views = try fields.view(asked: asked, rules: context.environment.rules)
        let cipher = context.environment.keys.cipher(contact: context.subject, keys: fields.keys)
        let asked = asked
        return [
            .answerLater {
                do {
                    return try JSON.object([.init("fields", try cipher.shown(views))])
                        .fitting("name fewer `fields`")
                } catch let error as UnopenedField {
                    let place = asked?.firstIndex(of: error.name.text)
                    throw Refusal(
                        .failed, "what is stored of a field cannot be opened", at: place.map { "/data/fields/\($0)" })
                }
            }
        ]
    }
}

/// A field's stored value was not written by the vault, or was changed.
struct UnopenedField: Error {
    let name: FieldName
}

extension FieldCipher {
    /// The fields as shown to users, by name.
    func shown(_ views: [FieldView]) throws -> JSON {
        .object(
            try views.map { view in
                let text: String?
                do {
                    text = try view.value.flatMap { try self.text(of: $0, name: view.name) }
                } catch CryptographyError.cannotOpen {
                    throw UnopenedField(name: view.name)
                }
                return JSON.Member(view.name.text, view.shown(text))
            })
    }
}
