/// Profile keys that one message may name; real profiles have some dozens.
private let mostKeys = 200
/// Bytes of a key, as of every name of the contract.
private let longestKey = 128
/// Bytes of a value (contract section 3).
private let longestValue = 4096
/// Keys that are neither attribute nor field (contract section 2): the address changes by `email` alone, and no request
/// returns it.
private let reservedKeys: Set<String> = ["email", "locale", "id"]

/// The data of `contact.created` and `contact.updated`; each service uses its own part of it.
package struct ContactChange: Sendable, Equatable {
    /// Where mails to the contact go.
    package let email: EmailAddress?
    /// A language tag (BCP 47).
    package let locale: String?
    /// Whether the message had a locale that is no language tag, which is ignored.
    package let hasUnreadableLocale: Bool
    /// In the order of the message, every key once.
    package let profile: [Entry]

    /// A profile key and its new value.
    package struct Entry: Sendable, Equatable {
        /// The key, composed.
        package let name: String
        /// A string, number or boolean; nil: the key is removed.
        package let value: JSON?

        /// A profile key and its new value.
        package init(name: String, value: JSON?) {
            self.name = name
            self.value = value
        }
    }

    /// From `data`. A key that names a sensitive field, in any spelling, is refused before any other mistake, since
    /// only this refusal keeps the message's body out of the dead letters (contract section 2). A handler therefore
    /// reads in `decide`, where the settings give it the names.
    package init(reading data: Reader, sensitive: SensitiveNames) throws(Refusal) {
        try Self.refuseSensitiveKeys(in: data, sensitive)
        email = try data.optionalEmail("email")
        locale = data.optionalLocale("locale")
        hasUnreadableLocale = data.hasUnreadableLocale("locale")
        profile = try Self.profile(in: data)
    }

    static func refuseSensitiveKeys(in data: Reader, _ sensitive: SensitiveNames) throws(Refusal) {
        for member in data.json["profile"]?.members ?? [] where sensitive.contains(member.name) {
            throw Refusal(
                .invalidField, "is a sensitive field, which vault.store alone takes",
                at: data.pointer(to: "profile") + "/" + Reader.escaped(member.name), dropsBody: true)
        }
    }

    static func profile(in data: Reader) throws(Refusal) -> [Entry] {
        guard let profile = try data.optionalObject("profile"), let members = profile.json.members else { return [] }
        guard members.count <= mostKeys else {
            throw data.refusal("profile", "has more than \(mostKeys) keys", .tooLarge)
        }
        var entries: [Entry] = []
        for member in members {
            let name = member.name.composed
            guard (1...longestKey).contains(name.utf8.count), !reservedKeys.contains(name) else {
                throw data.refusal("profile", "has a key that is empty, too long, or email, locale or id")
            }
            entries.append(Entry(name: name, value: try value(member, in: profile)))
        }
        return entries
    }

    private static func value(_ member: JSON.Member, in profile: Reader) throws(Refusal) -> JSON? {
        switch member.value {
        case .null: return nil
        case .bool: return member.value
        case .number(let text), .string(let text):
            guard text.utf8.count <= longestValue else {
                throw profile.refusal(member.name, "is longer than \(longestValue) bytes", .tooLarge)
            }
            return member.value
        case .array, .object: throw profile.refusal(member.name, "must be a string, a number or a boolean")
        }
    }
}

extension JSON {
    /// A value as a condition or the vault sees it as text: a string's own, a number's or boolean's literal.
    package var scalarText: String? {
        switch self {
        case .string(let text), .number(let text): text
        case .bool(let value): value ? "true" : "false"
        case .null, .array, .object: nil
        }
    }
}
