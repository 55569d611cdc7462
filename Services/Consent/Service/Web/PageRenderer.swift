import HTTPTypes
import Hummingbird
import Models
import Mustache
import Settings
import Words

/// A page as it is answered.
struct Page: Sendable {
    let status: HTTPResponse.Status
    /// Of the language (BCP 47).
    let language: String
    let html: String
    /// The methods that the path takes, where another one was used.
    var allow: String?
    /// Seconds until the same may be asked again, where it was asked too often.
    var retryAfter: Int?
}

/// Makes pages of the templates, in the language of whoever reads them.
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

    /// The words in which a page answers.
    func words(accept: String?, locale: String? = nil) -> Words {
        Words.of(choice.choose(accept: accept, locale: locale))
    }

    /// A page that only says something.
    func notice(_ notice: NoticePath, _ status: HTTPResponse.Status, _ words: Words) -> Page {
        page(.notice, status, words, words.notices[keyPath: notice])
    }

    /// What is recorded and not yet carried out: looks again by itself at `again`, and offers the form at `form`.
    func waiting(_ words: Words, again: String, form: String) -> Page {
        page(
            .notice, .accepted, words, words.notices.beingCarriedOut,
            [
                "refresh": "\(secondsBetweenLooks);url=\(again)",
                "link": ["target": form, "label": words.frame.showFormAgain],
            ])
    }

    /// The double opt-in's form, which asks for the mail's code where a button is not enough (P6).
    func confirmation(_ form: ConfirmationForm, _ words: Words) -> Page {
        let said = words.confirmation
        var more: [String: Any] = [
            "nonce": form.nonce, "confirm": said.confirm, "decline": said.decline, "note": said.note,
        ]
        if !form.lists.isEmpty {
            more["subscription"] = ["label": said.lists, "lists": form.lists.map { titles.title($0, words) }]
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

    /// What the page says and the button that was pressed, as evidence (O13).
    func confirmationText(_ action: ConfirmOrder.Action, _ words: Words) -> String {
        let button =
            switch action {
            case .confirm: words.confirmation.confirm
            case .decline: words.confirmation.decline
            }
        return "\(branded(words.confirmation.ask.text)) [\(button)]"
    }

    /// The one-click link's page for people.
    func unsubscribe(_ words: Words) -> Page {
        let said = words.unsubscribing
        return page(.unsubscribe, .ok, words, said.ask, ["unsubscribe": said.button, "note": said.note])
    }

    /// The contact's page, as far as it exists.
    func preferences(_ words: Words) -> Page {
        page(.notice, .ok, words, words.preferences.intro, and: [words.preferences.note])
    }

    private func branded(_ text: String) -> String { text.replacing("{brand}", with: brand) }

    private func page(
        _ template: Template, _ status: HTTPResponse.Status, _ words: Words, _ said: Words.Notice,
        and paragraphs: [String] = [], _ more: [String: Any] = [:]
    ) -> Page {
        var context: [String: Any] = [
            "language": words.tag, "title": branded(said.title), "brand": brand, "style": style,
            "paragraphs": ([said.text] + paragraphs).map(branded), "footer": words.frame.footer,
        ]
        context.merge(more) { _, new in new }
        let html = templates[template]?.render(context, library: library) ?? ""
        return Page(status: status, language: words.tag, html: html)
    }
}

/// Between two looks of a page that waits.
private let secondsBetweenLooks = 3
