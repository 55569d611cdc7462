import Settings
import Words

/// What pages call the mailing lists.
struct ListTitles: Sendable {
    private let lists: [String: Settings.MailingList]
    private let languages: LanguageChoice

    init(_ settings: Settings) {
        lists = Dictionary(settings.lists.map { ($0.name, $0) }) { first, _ in first }
        languages = LanguageChoice(offered: settings.languages)
    }

    /// In the page's language; the name itself where the configuration has no title, or knows the list no more.
    func title(_ list: String, _ words: Words) -> String {
        lists[list]?.text[languages.choose(locale: words.tag)] ?? list
    }
}
