/// Lists that a form may name; a form shows some few.
private let mostLists = 100
/// Bytes kept of a browser's name: the rest is cut off, so that a long one does not fail a visitor's form.
private let longestUserAgent = 512

/// `webform.submitted`: a public form was sent (contract section 2).
package struct WebformSubmitted: Sendable, Equatable {
    /// Routing key.
    package static let type = "webform.submitted"
    /// The address that the visitor entered.
    package let email: EmailAddress
    /// Whether the box for marketing was ticked.
    package let marketing: Bool
    package let form: String
    /// A language tag (BCP 47).
    package let locale: String?
    /// Whether the message had a locale that is no language tag, which is ignored.
    package let hasUnreadableLocale: Bool
    /// Profile keys, which count only where the form creates the contact.
    package let profile: [ContactChange.Entry]
    /// Names of lists, which count only with the box ticked; they are not checked here.
    package let lists: [String]
    /// The sentence beside the box, as shown.
    package let text: String?
    package let remoteAddress: String?
    /// The visitor's browser, cut to 512 bytes.
    package let userAgent: String?

    /// From `data`. A key that names a sensitive field is refused before any other mistake, as by `ContactChange`.
    package init(reading data: Reader, sensitive: SensitiveNames) throws(Refusal) {
        try ContactChange.refuseSensitiveKeys(in: data, sensitive)
        email = try data.email("email")
        marketing = try data.bool("marketing")
        form = try data.name("form")
        locale = data.optionalLocale("locale")
        hasUnreadableLocale = data.hasUnreadableLocale("locale")
        profile = try ContactChange.profile(in: data)
        lists = data.optional("lists") == nil ? [] : try data.names("lists", limit: mostLists)
        text = try data.optionalText("text")
        remoteAddress = try data.optionalText("remoteAddress", limit: 128)
        userAgent = try data.optionalText("userAgent")?.cut(toBytes: longestUserAgent)
    }
}

extension String {
    /// The longest beginning of whole characters (Unicode scalars) that fits into `limit` bytes of UTF-8.
    package func cut(toBytes limit: Int) -> String {
        guard utf8.count > limit else { return self }
        var end = utf8.index(utf8.startIndex, offsetBy: limit)
        while end.samePosition(in: unicodeScalars) == nil { end = utf8.index(before: end) }
        return String(self[..<end])
    }
}
