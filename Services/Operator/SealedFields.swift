import Cryptography
import Models

/// Seals each value of a `vault.store` before it is sent, so that the broker never sees one in plain text (X4). All
/// fields are sealed, because the command does not know which ones are sensitive, and the vault accepts a seal for any.
enum SealedFields {
    /// Whether the data holds a value to seal. Throws if there is anything besides fields, or a field that is neither a
    /// value nor a seal; such data is not sent, because it may hold a value in plain text.
    static func areOpen(in data: JSON) throws(Ending) -> Bool {
        guard data.members?.count == 1, let fields = data["fields"]?.members else {
            throw Ending(.usage, "the data of vault.store must be {\"fields\": {…}} and nothing else")
        }
        var areOpen = false
        for content in fields.map(\.value) {
            let only = content.members.flatMap { $0.count == 1 ? $0.first : nil }
            switch (only?.name, only?.value) {
            case ("value", .null?), ("sealed", .string?): break
            case ("value", let value?) where value.scalarText != nil: areOpen = true
            default:
                throw Ending(
                    .usage, "a field must be {\"value\": …} with a text, number, boolean or null, or {\"sealed\": …}")
            }
        }
        return areOpen
    }

    /// Asks the vault for its public sealing key.
    static func key(from asking: RequestSession, timeout: Timeout) async throws(Ending) -> PublicSealingKey {
        let answer = try await asking.answer(to: "vault.key", [:], timeout: timeout)
        do {
            return try PublicSealingKey(jwk: answer["jwk"]?.serialized ?? "")
        } catch {
            throw Ending(.refused, "the vault's key is no P-256 key: nothing was sent")
        }
    }

    /// The data with each value sealed for its contact and field; nulls and seals are unchanged.
    static func sealed(_ data: JSON, subject: String, to key: PublicSealingKey) -> JSON {
        .object(
            (data.members ?? []).map { member in
                guard member.name == "fields" else { return member }
                let fields = (member.value.members ?? []).map { sealed($0, subject: subject, to: key) }
                return JSON.Member(member.name, .object(fields))
            })
    }

    private static func sealed(_ field: JSON.Member, subject: String, to key: PublicSealingKey) -> JSON.Member {
        guard let text = field.value["value"]?.scalarText else { return field }
        let name = field.name.composed
        let header = ["sub": subject, "field": name]
        return JSON.Member(name, ["sealed": .string(JWE.seal([UInt8](text.utf8), to: key, header: header))])
    }
}
