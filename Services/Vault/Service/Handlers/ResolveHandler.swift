import Cryptography
import Messaging
import Models
import PostgreSQL
import ServiceKit
import VaultDomain

/// Maximum bytes of a field's value as JSON: a mail shows no more, and the sealed answer for many contacts fits a
/// reply.
private let longestValue = 256

/// `internal.resolve`: the notifier asks for addresses at hand-over; the answer is sealed, so that the broker sees no
/// address (E3, X4).
struct ResolveHandler: QueryHandler {
    static let type = ResolveQuestion.type
    static let exchange = Exchange.internal
    static let sender: SuiteService? = .notifier
    /// Leaves out locked fields (C1): locked by the last order, or without one by the consent's default.
    private static let fields = """
        SELECT f.contact, f.name, f.sealed
        FROM field f LEFT JOIN field_lock l ON l.contact = f.contact AND l.name = f.name
        WHERE f.contact = ANY($1) AND f.name = ANY($2) AND NOT coalesce(l.is_locked, f.name = ANY($3))
        """

    private let question: ResolveQuestion
    private let replyKey: PublicSealingKey
    /// Whether long values are cut, for mails.
    var cutsValues = true

    var contactCount: Int { question.contacts.count }

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
        let results = try await context.pool.run([
            AddressRow.reading(contacts),
            Statement(
                Self.fields,
                [
                    .texts(contacts), .texts(names(context.environment)),
                    .texts(context.environment.rules.lockedByDefault.map(\.text)),
                ]),
        ])
        let rows = try AddressRow.rows(results[0])
        let fields = try values(results[1])
        // The keys are read after the values: if a key is missing now, its value was replaced, and the old address is
        // obsolete.
        let keys = try await context.environment.resolving.keys(of: contacts)
        var answers: [String: ResolveAnswer.Contact] = [:]
        for asked in question.contacts {
            let contact = asked.contact.text
            let cipher = context.environment.keys.cipher(contact: contact, keys: keys[contact] ?? .none)
            answers[contact] = try answer(
                rows[contact], ifHash: asked.addressHash, fields: fields[contact] ?? [:], cipher,
                context.environment.addressKeys)
        }
        let text = ResolveAnswer(contacts: answers).json.bytes
        return ["sealed": .string(JWE.seal(text, to: replyKey, header: ["sub": "resolve"]))]
    }

    /// Leaves out sensitive fields, which leave the vault only by a reveal (V3); the address is returned as `email`.
    private func names(_ environment: VaultEnvironment) -> [String] {
        question.fields.compactMap { FieldName($0)?.text }.filter { !environment.sensitive.contains($0) }
    }

    private func values(_ rows: Rows) throws -> [String: [FieldName: [UInt8]]] {
        var values: [String: [FieldName: [UInt8]]] = [:]
        for row in rows {
            values[try row.text(0), default: [:]][FieldName(stored: try row.text(1))] = try row.bytes(2)
        }
        return values
    }

    /// A value that cannot be opened is left out, so that it does not block other contacts' mails.
    private func answer(
        _ row: AddressRow?, ifHash hash: String?, fields: [FieldName: [UInt8]], _ cipher: FieldCipher,
        _ addressKeys: AddressKeys
    ) throws -> ResolveAnswer.Contact {
        guard let row else { return .unknown }
        if row.isErased { return .erased }
        guard let sealed = row.email, let email = try cipher.visibleText(of: sealed, name: .email),
            let address = EmailAddress(email)
        else { return .unknown }
        // The stored hash may be of another key version than the requested one (O15), so the hashes are computed anew.
        let hashes = addressKeys.hashes(of: address)
        guard hash.map(hashes.contains) ?? true else { return .unknown }
        var values: [String: String] = [:]
        for (name, sealed) in fields {
            values[name.text] = try cipher.visibleText(of: sealed, name: name).map {
                cutsValues ? $0.cut(toJSONBytes: longestValue) : $0
            }
        }
        return .found(
            email: email, addressHash: hashes.text,
            locale: try row.locale.flatMap { try cipher.visibleText(of: $0, name: .locale) }, fields: values)
    }
}
