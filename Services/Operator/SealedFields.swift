import Cryptography
import Models

/// The fields of a `vault.store`, each value sealed before it leaves, so that the broker never carries one in the clear
/// (X4). The command cannot know which fields are sensitive, and the vault takes a seal for any.
enum SealedFields {
    /// Whether the data holds a value that must be sealed. Error: it is anything else than fields, or a field is
    /// neither a value nor a seal; it is not sent, for whatever else there is may hold a value in the clear.
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

    /// Whom to seal to: the vault says.
    static func key(from asking: RequestSession, timeout: Timeout) async throws(Ending) -> PublicSealingKey {
        let answer = try await asking.answer(to: "vault.key", [:], timeout: timeout)
        do {
            return try PublicSealingKey(jwk: answer["jwk"]?.serialized ?? "")
        } catch {
            throw Ending(.refused, "the vault's key is no P-256 key: nothing was sent")
        }
    }

    /// The data with each value sealed for its contact and field; nulls and seals stay.
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
