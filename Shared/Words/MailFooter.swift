import Models

/// The footer of a mail: the deployment's words, or the built-in ones, and the link to the contact's page (P4).
package struct MailFooter: Sendable {
    /// The footer of a text part: two lines.
    package let text: String
    /// The footer of an HTML part: one paragraph.
    package let html: String

    /// A footer with a link to `url`.
    ///
    /// - Parameter texts: the deployment's own words, by language.
    package init(url: String, language: String, texts: [String: String]) {
        let words = Words.of(language).footer
        let said = texts[language] ?? words.standard
        text = "\(said)\n\(words.link): \(url)"
        html = "<p>\(said.escapedForHTML)<br><a href=\"\(url.escapedForHTML)\">\(words.link.escapedForHTML)</a></p>"
    }
}
