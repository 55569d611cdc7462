import Messaging
import Models
import VaultDomain

/// Fields that one request may name; a contact has no more.
private let mostFields = 200

/// `vault.read`: a field that is not sensitive stands whole (V4a).
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
        let views = try fields.view(asked: asked, declared: context.environment.declared)
        let cipher = context.environment.keys.cipher(contact: context.subject, keys: fields.keys)
        return [.answerLater { ["fields": .object(try views.map { try member($0, cipher) })] }]
    }

    private func member(_ view: FieldView, _ cipher: FieldCipher) throws -> JSON.Member {
        let text = view.isSensitive ? nil : try view.value.flatMap { try cipher.text(of: $0, name: view.name) }
        let isStored = view.isSensitive ? view.value != nil : text != nil
        return JSON.Member(
            view.name.text,
            ["masked": .text(text) ?? .null, "state": isStored ? "stored" : "empty", "locked": false])
    }
}
