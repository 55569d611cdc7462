import Cryptography
import Ledger
import Messaging
import Models
import Settings
import VaultDomain

/// Maximum bytes of a reason.
private let longestReason = 500

/// `vault.reveal` †: reveals one field of one contact to one user (V3). Each decision is logged in the batch's
/// transaction; the value is sealed after the commit and not stored.
struct VaultReveal: Handler {
    static let type = "vault.reveal"
    static let exchange = Exchange.requests
    private let name: FieldName
    static let takesNumbers = true
    private let reason: String?
    /// An invalid request is logged like any other refused attempt.
    private let replyKey: Result<PublicSealingKey, Refusal>

    init(reading data: Reader) throws(Refusal) {
        guard let name = FieldName(try data.name("field")) else { throw data.refusal("field", "is no field") }
        self.name = name
        let reason = Result { () throws(Refusal) in try data.meaningfulText("reason", limit: longestReason) }
        self.reason = try? reason.get()
        let key = Result { () throws(Refusal) in try Self.replyKey(data) }
        let members = Result { () throws(Refusal) in try data.refuseUnknown() }
        replyKey = reason.flatMap { _ in key.flatMap { key in members.map { key } } }
    }

    private static func replyKey(_ data: Reader) throws(Refusal) -> PublicSealingKey {
        do {
            return try PublicSealingKey(jwk: try data.required("replyKey").serialized)
        } catch {
            throw data.refusal("replyKey", "must be a public P-256 key as a JWK")
        }
    }

    func sharedKeys(_ environment: VaultEnvironment, for principal: Principal) -> [String] {
        [Viewer(principal).key]
    }

    /// An undeclared field name is refused without an entry, because the text that was typed in may be sensitive.
    func decide(_ fields: inout Fields, _ context: Context<Fields>) throws(Refusal) -> [Effect] {
        _ = try context.environment.rules.field(name.text, at: "/data/field")
        guard var log = fields.numbering else { throw Refusal(.failed, "the access log is not at hand") }
        let viewer = Viewer(context.principal)
        var hour = fields.shared[viewer.key] ?? RevealHour()
        if let rest = hour.begin(at: context.now) {
            _ = log.append(AccessEntry(at: context.now, viewer: viewer, rest: rest))
        }
        let effects: [Effect]
        do throws(Refusal) {
            let (value, key) = try revealed(fields, &hour, context)
            let fact = fact("vault.revealed", viewer, log.append(entry(viewer, nil, context)), in: log)
            let header = ["sub": context.subject, "field": name.text]
            effects = [
                fact,
                .answerOnce { ["sealed": .string(JWE.seal([UInt8](value.utf8), to: key, header: header))] },
            ]
        } catch {
            let isLogged = hour.refuse(field: name.text)
            let number = isLogged ? log.append(entry(viewer, error.code, context)) : nil
            effects =
                (number.map { [fact("vault.refused", viewer, $0, in: log)] } ?? []) + [.answerOnce { throw error }]
        }
        fields.numbering = log
        fields.shared[viewer.key] = hour
        return effects
    }

    /// Opens the value before the release is logged.
    private func revealed(
        _ fields: Fields, _ hour: inout RevealHour, _ context: Context<Fields>
    ) throws(Refusal) -> (String, PublicSealingKey) {
        let environment = context.environment
        let cipher = environment.keys.cipher(contact: context.subject, keys: fields.keys)
        let attempt = RevealAttempt(
            field: name,
            missingPermission: refusal { () throws(Refusal) in try context.verdict.require(.reveal(field: name.text)) },
            mistake: refusal { () throws(Refusal) in _ = try replyKey.get() })
        let text = try fields.reveal(
            attempt, rules: environment.rules, hour: &hour, limit: environment.revealsPerHour
        ) { (value) throws(Refusal) in
            do {
                return try cipher.text(of: value, name: name)
            } catch CryptographyError.cannotOpen {
                throw Refusal(.failed, "what is stored cannot be opened", at: "/data/field")
            } catch {
                throw Refusal(.unavailable, "the value cannot be opened now; ask again")
            }
        }
        return (text, try replyKey.get())
    }

    private func refusal(_ body: () throws(Refusal) -> Void) -> Refusal? {
        do throws(Refusal) { try body() } catch { return error }
        return nil
    }

    private func entry(_ viewer: Viewer, _ refusal: Refusal.Code?, _ context: Context<Fields>) -> AccessEntry {
        AccessEntry(
            at: context.now, viewer: viewer, contact: context.subject, field: name.text, reason: reason,
            refusal: refusal)
    }

    private func fact(_ type: String, _ viewer: Viewer, _ number: Int64, in log: AccessLog) -> Effect {
        .fact(
            type,
            [
                "user": .string(viewer.name), "field": .string(name.text),
                "index": .string(log.index(of: number).description),
            ])
    }
}

extension Viewer {
    /// The user of a valid token, else the broker account.
    init(_ principal: Principal) {
        self = principal.user.map { .user($0.text) } ?? .account(principal.account)
    }
}
