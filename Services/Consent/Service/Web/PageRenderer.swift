import HTTPTypes
import Hummingbird
import Models
import Mustache
import Settings
import Words

/// A rendered page with its status.
struct Page: Sendable {
    let status: HTTPResponse.Status
    /// The page's language tag (BCP 47).
    let language: String
    let html: String
    /// The methods that the path accepts; set when another method was used.
    var allow: String?
    /// Seconds until the client may retry; set when a rate limit was exceeded.
    var retryAfter: Int?
}

/// Renders pages from the templates in the reader's language.
struct PageRenderer: Sendable {
    /// The style's source expression for the content security policy.
    let stylePolicy: String
    private let brand: String
    private let style: String
    private let choice: LanguageChoice
    private let titles: ListTitles
    private let library: MustacheLibrary
    private let templates: [Template: MustacheTemplate]

    private enum Template: String, CaseIterable { case notice, confirm, unsubscribe }

    init(settings: Settings) throws {
        let brandStyle = BrandStyle(
            Palette(settings.brand.colours), css: String(decoding: PackageResources.style_css, as: UTF8.self))
        stylePolicy = brandStyle.policy
        style = brandStyle.css
        brand = settings.brand.name
        titles = ListTitles(settings)
        let known = LanguageChoice(offered: Words.all.map(\.tag))
        let spoken = settings.languages.filter { known.match($0) != nil }
        choice = LanguageChoice(offered: spoken.isEmpty ? [known.offered[0]] : spoken)
        var templates: [Template: MustacheTemplate] = [:]
        for template in Template.allCases {
            let source =
                switch template {
                case .notice: PackageResources.notice_mustache
                case .confirm: PackageResources.confirm_mustache
                case .unsubscribe: PackageResources.unsubscribe_mustache
                }
            templates[template] = try MustacheTemplate(string: String(decoding: source, as: UTF8.self))
        }
        self.templates = templates
        var library = MustacheLibrary()
        try library.register(String(decoding: PackageResources.layout_mustache, as: UTF8.self), named: "layout")
        self.library = library
    }

    /// The words in the language that fits best.
    func words(accept: String?, locale: String? = nil) -> Words {
        Words.of(choice.choose(accept: accept, locale: locale))
    }

    /// A page with a heading and paragraphs only.
    func notice(_ notice: NoticePath, _ status: HTTPResponse.Status, _ words: Words) -> Page {
        page(.notice, status, words, words.notices[keyPath: notice])
    }

    /// The page of an order that is recorded but not carried out: it reloads `again` by itself, and links to `form`.
    func waiting(_ words: Words, again: String, form: String) -> Page {
        page(
            .notice, .accepted, words, words.notices.beingCarriedOut,
            [
                "refresh": "\(secondsBetweenLooks);url=\(again)",
                "link": ["target": form, "label": words.frame.showFormAgain],
            ])
    }

    /// The double opt-in's form; it asks for the mail's code if a button is not enough (P6).
    func confirmation(_ form: ConfirmationForm, _ words: Words) -> Page {
        let said = words.confirmation
        var more: [String: Any] = [
            "nonce": form.nonce, "confirm": said.confirm, "decline": said.decline, "note": said.note,
        ]
        if !form.lists.isEmpty {
            let items = form.lists.map { titles.title($0, words) }
            more["listed"] = ["label": said.lists, "items": items] as [String: Any]
        }
        let isWrong = form.step == .wrongCode
        if form.step != .button {
            var code = ["label": said.codeLabel, "hint": said.codeHint]
            if isWrong { code["error"] = said.codeError }
            more["code"] = code
        }
        let ask =
            switch form.step {
            case .button: said.ask
            case .code: said.code
            case .wrongCode: said.wrongCode
            }
        return page(.confirm, isWrong ? .unprocessableContent : .ok, words, ask, more)
    }

    /// The page's text and the button that was pressed, stored as evidence (O13).
    func confirmationText(_ action: ConfirmOrder.Action, _ words: Words) -> String {
        let button =
            switch action {
            case .confirm: words.confirmation.confirm
            case .decline: words.confirmation.decline
            }
        return "\(branded(words.confirmation.ask.text)) [\(button)]"
    }

    /// The one-click link's page, for people who open the link.
    func unsubscribe(_ words: Words) -> Page {
        let said = words.unsubscribing
        return page(.unsubscribe, .ok, words, said.ask, ["unsubscribe": said.button, "note": said.note])
    }

    /// The contact's page; it has no content of the contact yet.
    func preferences(_ words: Words) -> Page {
        page(.notice, .ok, words, words.preferences.intro)
    }

    private func branded(_ text: String) -> String { text.replacing("{brand}", with: brand) }

    private func page(
        _ template: Template, _ status: HTTPResponse.Status, _ words: Words, _ said: Words.Notice,
        _ more: [String: Any] = [:]
    ) -> Page {
        var context: [String: Any] = [
            "language": words.tag, "title": branded(said.title), "brand": brand, "style": style,
            "paragraphs": [branded(said.text)], "footer": words.frame.footer,
        ]
        context.merge(more) { _, new in new }
        let html = templates[template]?.render(context, library: library) ?? ""
        return Page(status: status, language: words.tag, html: html)
    }
}

/// Time between two polls of the waiting page.
private let secondsBetweenLooks = 3
