import Settings
import Words

/// The mailing lists' titles for pages.
struct ListTitles: Sendable {
    private let lists: [String: Settings.MailingList]
    private let languages: LanguageChoice

    init(_ settings: Settings) {
        lists = Dictionary(settings.lists.map { ($0.name, $0) }) { first, _ in first }
        languages = LanguageChoice(offered: settings.languages)
    }

    /// The title in the page's language; the list's name if the configuration has no title or no longer knows the list.
    func title(_ list: String, _ words: Words) -> String {
        lists[list]?.text[languages.choose(locale: words.tag)] ?? list
    }
}
