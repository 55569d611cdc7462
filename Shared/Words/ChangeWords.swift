package import Models
package import Settings

/// Puts changes of the contact's page into words, with the configuration's statements and titles.
package struct ChangeWords: Sendable {
    private let languages: LanguageChoice
    private let consents: [String: Settings.Consent]
    private let lists: [String: Settings.MailingList]

    package init(_ settings: Settings) {
        languages = LanguageChoice(offered: settings.languages)
        consents = Dictionary(settings.consents.map { ($0.name, $0) }) { first, _ in first }
        lists = Dictionary(settings.lists.map { ($0.name, $0) }) { first, _ in first }
    }

    /// One sentence that says what the change is.
    package func text(_ change: PageChange, _ words: Words) -> String {
        let changes = words.changes
        return switch change {
        case .consent(let name, let isGranted):
            pattern(of: consents[name], isGranted, changes).replacing("{text}", with: statement(name, words))
        case .list(let name, true): changes.subscribe.replacing("{list}", with: title(of: name, words))
        case .list(let name, false): changes.leave.replacing("{list}", with: title(of: name, words))
        case .marketing(true): changes.marketingIn
        case .marketing(false): changes.marketingOut
        case .stop: changes.stop
        case .resume: changes.resume
        case .erase: changes.erase
        case .access: changes.access
        case .endLinks: changes.endLinks
        }
    }

    private func pattern(of consent: Settings.Consent?, _ isGranted: Bool, _ changes: Words.Changes) -> String {
        if consent?.grounds.basis.isObjection == true { return isGranted ? changes.endObjection : changes.object }
        if isGranted { return changes.grant }
        if case .field = consent?.kind { return changes.revokeField }
        return changes.revoke
    }

    /// A consent's statement in the page's language; its name if the configuration no longer knows it.
    package func statement(_ consent: String, _ words: Words) -> String {
        consents[consent]?.text[language(words)] ?? consent
    }

    /// A list's title in the page's language; its name if the configuration has no title or no longer knows the list.
    package func title(of list: String, _ words: Words) -> String { lists[list]?.text[language(words)] ?? list }

    /// The deployment's language that fits the words.
    package func language(_ words: Words) -> String { languages.choose(locale: words.tag) }
}
