import Cryptography
import Models

/// A key for one `vault.reveal`: the vault seals the value to it, so that the broker never sees it in plain text (V3).
struct RevealKey {
    private let key = PrivateSealingKey.generate()

    /// The request's data with the public half as `replyKey`.
    func added(to data: JSON) -> JSON {
        let members = key.publicKey.jwkMembers.sorted { $0.key < $1.key }
        let jwk = JSON.object(members.map { JSON.Member($0.key, .string($0.value)) })
        return .object((data.members ?? []) + [JSON.Member("replyKey", jwk)])
    }

    /// The reply with `value` in place of `sealed`. Throws if it was sealed to another key, contact or field.
    func opened(_ reply: JSON, subject: String, field: String?) throws(Ending) -> JSON {
        let opened: JWE.Opened
        do {
            opened = try JWE.open(reply["sealed"]?.text ?? "") { $0 == key.publicKey.thumbprint ? key : nil }
        } catch {
            throw Ending(.refused, "the reply holds no value that was sealed to this request's key")
        }
        guard opened.header["sub"] == subject, opened.header["field"] == field else {
            throw Ending(.refused, "the value in the reply was sealed for another contact or field")
        }
        let value = String(decoding: opened.plaintext, as: UTF8.self)
        return .object(
            (reply.members ?? []).map { $0.name == "sealed" ? JSON.Member("value", .string(value)) : $0 })
    }
}
