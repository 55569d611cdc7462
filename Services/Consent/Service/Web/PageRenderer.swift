import HTTPTypes
import Hummingbird
import Models
import Mustache
import Settings

/// A page as it is answered.
struct Page: Sendable {
    let status: HTTPResponse.Status
    let language: PageLanguage
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
            settings.brand, css: String(decoding: PackageResources.style_css, as: UTF8.self))
        stylePolicy = brandStyle.policy
        style = brandStyle.css
        brand = settings.brand.name
        titles = ListTitles(settings)
        let spoken = settings.languages.filter { PageLanguage(nearest: $0).rawValue == $0.lowercased().prefix(2) }
        choice = LanguageChoice(offered: spoken.isEmpty ? ["en"] : spoken)
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

    /// In which language a page answers.
    func language(accept: String?, locale: String? = nil) -> PageLanguage {
        PageLanguage(nearest: choice.choose(accept: accept, locale: locale))
    }

    /// A page that only says something.
    func notice(_ notice: Notice, _ status: HTTPResponse.Status, _ language: PageLanguage) -> Page {
        let words = notice.words(language, brand: brand)
        return page(.notice, status, language, title: words.title, [words.text])
    }

    /// What is recorded and not yet carried out: looks again by itself at `again`, and offers the form at `form`.
    func waiting(_ language: PageLanguage, again: String, form: String) -> Page {
        let words = Notice.beingCarriedOut.words(language, brand: brand)
        return page(
            .notice, .accepted, language, title: words.title, [words.text],
            [
                "refresh": "\(secondsBetweenLooks);url=\(again)",
                "link": ["target": form, "label": Phrase.showFormAgain.text(language)],
            ])
    }

    /// The double opt-in's form, which asks for the mail's code where a button is not enough (P6).
    func confirmation(_ form: ConfirmationForm, _ language: PageLanguage) -> Page {
        var more: [String: Any] = [
            "nonce": form.nonce, "confirm": Phrase.confirmButton.text(language),
            "decline": Phrase.declineButton.text(language), "note": Phrase.confirmNote.text(language),
        ]
        if !form.lists.isEmpty {
            more["subscription"] = [
                "label": Phrase.confirmLists.text(language), "lists": form.lists.map { titles.title($0, language) },
            ]
        }
        let isWrong = form.step == .wrongCode
        if form.step != .button {
            var code = ["label": Phrase.codeLabel.text(language), "hint": Phrase.codeHint.text(language)]
            if isWrong { code["error"] = Phrase.wrongCode.text(language) }
            more["code"] = code
        }
        let (title, text): (Phrase, Phrase) =
            switch form.step {
            case .button: (.confirmTitle, .confirmText)
            case .code: (.codeTitle, .codeText)
            case .wrongCode: (.wrongCodeTitle, .wrongCodeText)
            }
        return page(
            .confirm, isWrong ? .unprocessableContent : .ok, language, title: title.text(language),
            [text.text(language, brand: brand)], more)
    }

    /// What the page says and the button that was pressed, as evidence (O13).
    func confirmationText(_ action: ConfirmOrder.Action, _ language: PageLanguage) -> String {
        let button: Phrase =
            switch action {
            case .confirm: .confirmButton
            case .decline: .declineButton
            }
        return "\(Phrase.confirmText.text(language, brand: brand)) [\(button.text(language))]"
    }

    /// The one-click link's page for humans.
    func unsubscribe(_ language: PageLanguage) -> Page {
        page(
            .unsubscribe, .ok, language, title: Phrase.unsubscribeTitle.text(language),
            [Phrase.unsubscribeText.text(language, brand: brand)],
            [
                "unsubscribe": Phrase.unsubscribeButton.text(language),
                "note": Phrase.unsubscribeNote.text(language),
            ])
    }

    /// The contact's page, as far as it exists.
    func preferences(_ language: PageLanguage) -> Page {
        page(
            .notice, .ok, language, title: Phrase.pageTitle.text(language),
            [Phrase.pageText.text(language, brand: brand), Phrase.pageNote.text(language)])
    }

    private func page(
        _ template: Template, _ status: HTTPResponse.Status, _ language: PageLanguage, title: String,
        _ paragraphs: [String], _ more: [String: Any] = [:]
    ) -> Page {
        var context: [String: Any] = [
            "language": language.rawValue, "title": title, "brand": brand, "style": style, "paragraphs": paragraphs,
            "footer": Phrase.footer.text(language),
        ]
        context.merge(more) { _, new in new }
        let html = templates[template]?.render(context, library: library) ?? ""
        return Page(status: status, language: language, html: html)
    }
}

/// Between two looks of a page that waits.
private let secondsBetweenLooks = 3
