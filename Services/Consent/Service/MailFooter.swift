import ServiceKit
import Settings

extension MailFooter {
    /// In the contact's language.
    init(url: String, locale: String?, settings: Settings) {
        let language = LanguageChoice(offered: settings.languages).match(locale) ?? settings.languages.first ?? ""
        self.init(url: url, language: language, settings: settings)
    }
}
