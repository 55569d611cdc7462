import Settings

/// What stands under a mail: the deployment's words, or ours, and the link to the contact's page (P4).
struct MailFooter {
    let text: String
    let html: String

    init(url: String, locale: String?, settings: Settings) {
        let language = LanguageChoice(offered: settings.languages).match(locale) ?? settings.languages.first ?? ""
        let page = PageLanguage(nearest: language)
        let words = settings.mail.footer[language] ?? Phrase.footer.text(page)
        let label = Phrase.yourChoices.text(page)
        text = "\(words)\n\(label): \(url)"
        html = "<p>\(words.escapedForHTML)<br><a href=\"\(url.escapedForHTML)\">\(label.escapedForHTML)</a></p>"
    }
}

extension String {
    /// With the five characters escaped that mean something in HTML's text and quoted attributes.
    var escapedForHTML: String {
        unicodeScalars.reduce(into: "") { text, scalar in
            switch scalar {
            case "&": text += "&amp;"
            case "<": text += "&lt;"
            case ">": text += "&gt;"
            case "\"": text += "&quot;"
            case "'": text += "&#39;"
            default: text.unicodeScalars.append(scalar)
            }
        }
    }
}
