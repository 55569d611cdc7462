import Models
public import Settings

/// What stands under a mail: the deployment's words, or ours, and the link to the contact's page (P4).
public struct MailFooter: Sendable {
    /// For a text part; two lines.
    public let text: String
    /// For an HTML part; one paragraph.
    public let html: String

    /// A footer with a link to `url`; `language` is one of the deployment's.
    public init(url: String, language: String, settings: Settings) {
        let isGerman = language.lowercased().prefix { $0 != "-" } == "de"
        let standard =
            isGerman
            ? "Sie entscheiden, was wir mit Ihren Daten tun dürfen." : "You decide what we may do with your data."
        let words = settings.mail.footer[language] ?? standard
        let label = isGerman ? "Ihre Entscheidungen" : "Your choices"
        text = "\(words)\n\(label): \(url)"
        html = "<p>\(words.escapedForHTML)<br><a href=\"\(url.escapedForHTML)\">\(label.escapedForHTML)</a></p>"
    }
}
