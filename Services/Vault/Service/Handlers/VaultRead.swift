import Cryptography
import Messaging
import Models
import VaultDomain

/// Fields that one request may name; a contact has no more.
private let mostFields = 200

/// `vault.read`: a sensitive field is masked (V2), any other stands whole (V4a).
struct VaultRead: Handler {
    static let type = "vault.read"
    static let exchange = Exchange.requests
    static let isReading = true
    private let asked: [String]?

    init(reading data: Reader) throws(Refusal) {
        asked = data.optional("fields") == nil ? nil : try data.names("fields", limit: mostFields)
    }

    /// The values are opened after the commit and never stored: the state as it is now holds all that is needed.
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

/// What is stored of a field is not what the vault stored there.
struct UnopenedField: Error {
    let name: FieldName
}

extension FieldCipher {
    /// The fields as they are shown, by name.
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
