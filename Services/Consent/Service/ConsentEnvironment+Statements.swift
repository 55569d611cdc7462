import ConsentDomain
import Settings

extension ConsentEnvironment {
    /// The current statement of a consent, as part of a decision's evidence (C0); nil: in the default language.
    func statement(of consent: String, in language: String? = nil) -> Evidence {
        let declared = settings.consents.first { $0.name == consent }
        guard let language = language ?? settings.languages.first, let text = declared?.text[language] else {
            return Evidence()
        }
        return Evidence(text: text, language: language)
    }
}
