import Cryptography
import Messaging
import Models
import PostgreSQL
import VaultDomain

/// `internal.resolve`: where mails go, for the notifier at hand-over; sealed, so that the broker sees no address (E3,
/// X4).
struct Resolve: QueryHandler {
    static let type = ResolveQuestion.type
    static let exchange = Exchange.internal
    private let question: ResolveQuestion
    private let replyKey: PublicSealingKey

    init(reading data: Reader) throws(Refusal) {
        question = try ResolveQuestion(reading: data)
        do {
            replyKey = try PublicSealingKey(jwk: question.replyKey.serialized)
        } catch {
            throw data.refusal("replyKey", "must be a public P-256 key as a JWK")
        }
    }

    func answer(_ context: QueryContext<VaultEnvironment>) async throws -> JSON {
        let contacts = Set(question.contacts.map(\.contact.text)).sorted()
        let rows = try AddressRow.rows(try await context.pool.run([AddressRow.reading(contacts)])[0])
        // Keys after values: a key that is gone by now belonged to an address that is no longer the contact's.
        let keys = try await context.environment.keys.keys(of: contacts)
        var answers: [String: ResolveAnswer.Contact] = [:]
        for asked in question.contacts {
            let contact = asked.contact.text
            let cipher = context.environment.keys.cipher(contact: contact, keys: keys[contact] ?? .none)
            answers[contact] = try answer(rows[contact], ifHash: asked.addressHash, cipher)
        }
        let text = ResolveAnswer(contacts: answers).json.bytes
        return ["sealed": .string(JWE.seal(text, to: replyKey, header: ["sub": "resolve"]))]
    }

    private func answer(
        _ row: AddressRow?, ifHash hash: String?, _ cipher: FieldCipher
    ) throws -> ResolveAnswer.Contact {
        guard let row else { return .unknown }
        if row.isErased { return .erased }
        guard hash == nil || hash == row.addressHash, let sealed = row.email,
            let email = try cipher.open(sealed, name: .email)
        else { return .unknown }
        return .found(
            email: email, locale: try row.locale.flatMap { try cipher.open($0, name: .locale) }, fields: [:])
    }
}
