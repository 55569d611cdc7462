import Messaging
import Models
import VaultDomain

/// Maximum fields in one request; a contact has no more.
private let mostFields = 200
/// Maximum bytes of a value (contract section 3).
private let longestValue = 4096

/// `vault.store`: writes all fields or none; a sensitive value must be sealed (X4). The body of a refused request is
/// not stored, because it may hold such a value in plain text.
struct VaultStore: Handler {
    static let type = "vault.store"
    static let exchange = Exchange.requests
    private let fields: [(name: String, content: Content)]
    let weight: Int

    /// The new content of a field.
    private enum Content {
        case empty
        case plain(String)
        case sealed(String)
    }

    init(reading data: Reader) throws(Refusal) {
        do throws(Refusal) {
            let fields = try data.object("fields")
            let members = fields.json.members ?? []
            guard members.count <= mostFields else {
                throw data.refusal("fields", "has more than \(mostFields) fields", .tooLarge)
            }
            var read: [(String, Content)] = []
            for member in members { read.append((member.name, try Self.content(of: member.name, in: fields))) }
            self.fields = read
            weight = FieldWeight.of(fields.json, each: FieldWeight.sealed)
        } catch {
            throw error.withoutBody
        }
    }

    func decide(_ fields: inout Fields, _ context: Context<Fields>) throws(Refusal) -> [Effect] {
        do throws(Refusal) {
            try fields.requireCreated()
            let values = try values(context)
            try fields.store(values, rules: context.environment.rules)
            return values.map { .fact("vault.stored", ["field": .string($0.name.text)]) } + [
                .answer(["stored": .array(values.map { .string($0.name.text) })])
            ]
        } catch {
            throw error.withoutBody
        }
    }

    private static func content(of name: String, in fields: Reader) throws(Refusal) -> Content {
        let content = try fields.object(name)
        switch (content.member("value"), content.member("sealed")) {
        case (.null?, nil): return .empty
        case (let value?, nil):
            guard let text = value.scalarText else {
                throw content.refusal("value", "must be a string, a number, a boolean or null")
            }
            guard text.utf8.count <= longestValue else {
                throw content.refusal("value", "is longer than \(longestValue) bytes", .tooLarge)
            }
            return .plain(text)
        case (nil, .string(let compact)?): return .sealed(compact)
        default: throw fields.refusal(name, "must have either value, or sealed, a string")
        }
    }

    /// Opens every seal even after one was wrong, so that a refusal takes as long as a success.
    private func values(_ context: Context<Fields>) throws(Refusal) -> [(name: FieldName, value: String?)] {
        let rules = context.environment.rules
        var values: [(name: FieldName, value: String?)] = []
        var refusal: Refusal?
        for (text, content) in fields {
            let pointer = "/data/fields/" + Reader.escaped(text)
            let name = try rules.field(text, at: pointer)
            switch content {
            case .empty: values.append((name, nil))
            case .plain(let value):
                guard !rules.isSensitive(name) else {
                    throw Refusal(.invalidField, "is a sensitive field, whose value comes sealed", at: pointer)
                }
                values.append((name, value))
            case .sealed(let compact):
                do throws(Refusal) {
                    values.append((name, try opened(compact, name, at: pointer, context)))
                } catch {
                    refusal = refusal ?? error
                }
            }
        }
        if let refusal { throw refusal }
        return values
    }

    private func opened(
        _ compact: String, _ name: FieldName, at pointer: String, _ context: Context<Fields>
    ) throws(Refusal) -> String {
        let sealing = context.environment.sealing
        guard let bytes = sealing.open(compact, contact: context.subject, field: name.text) else {
            throw Refusal(
                .invalidField, "is no value sealed to the vault's key for this contact and field", at: pointer)
        }
        guard bytes.count <= longestValue else {
            throw Refusal(.tooLarge, "the sealed value is longer than \(longestValue) bytes", at: pointer)
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw Refusal(.invalidField, "the sealed value is no text in UTF-8", at: pointer)
        }
        return text
    }
}

extension Refusal {
    fileprivate var withoutBody: Refusal { Refusal(code, message, at: pointer, dropsBody: true) }
}
