package import Models
import Mustache
package import Settings
package import Words

/// The heading and paragraph of a page that reports a result or a failure.
package typealias NoticePath = any KeyPath<Words.Notices, Words.Notice> & Sendable

/// Renders pages from the templates in the reader's language.
package struct PageRenderer: Sendable {
    /// The style's source expression for the content security policy.
    package let stylePolicy: String
    let settings: Settings
    let changes: ChangeWords
    private let brand: String
    private let style: String
    private let choice: LanguageChoice
    private let library: MustacheLibrary
    private let templates: [Template: MustacheTemplate]

    enum Template: String, CaseIterable { case notice, confirm, unsubscribe, preferences, pageLink }

    package init(settings: Settings) throws {
        let brandStyle = BrandStyle(
            Palette(settings.brand.colours), css: String(decoding: PackageResources.style_css, as: UTF8.self))
        stylePolicy = brandStyle.policy
        style = brandStyle.css
        brand = settings.brand.name
        self.settings = settings
        changes = ChangeWords(settings)
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
                case .preferences: PackageResources.preferences_mustache
                case .pageLink: PackageResources.page_link_mustache
                }
            templates[template] = try MustacheTemplate(string: String(decoding: source, as: UTF8.self))
        }
        self.templates = templates
        var library = MustacheLibrary()
        try library.register(String(decoding: PackageResources.layout_mustache, as: UTF8.self), named: "layout")
        self.library = library
    }

    /// The words in the language that fits best.
    package func words(accept: String?, locale: String? = nil) -> Words {
        Words.of(choice.choose(accept: accept, locale: locale))
    }

    /// A page with a heading and paragraphs only.
    package func notice(_ notice: NoticePath, _ status: Page.Status, _ words: Words) -> Page {
        page(.notice, status, words, words.notices[keyPath: notice])
    }

    /// A page that reports what became of a form of the contact's page, with the changes and a link back.
    ///
    /// - Parameter due: the last day of a request.
    package func result(
        _ notice: NoticePath, _ status: Page.Status, _ words: Words, _ wanted: [PageChange] = [], due: Timestamp? = nil,
        linksBack: Bool = false
    ) -> Page {
        let said = words.notices[keyPath: notice]
        let text = said.text.replacing("{duration}", with: words.durations.text(settings.optIn.linkLife))
            .replacing("{due}", with: due.map(words.dates.text) ?? "")
        var more: [String: Any] = ["paragraphs": [branded(text)]]
        if !wanted.isEmpty { more["listed"] = ["items": wanted.map { changes.text($0, words) }] }
        if linksBack { more["link"] = ["target": "?", "label": words.frame.backToPage] }
        return page(.notice, status, words, said, more)
    }

    /// The page of an order that is recorded but not carried out: it reloads `again` by itself, and links to `form`.
    package func waiting(_ words: Words, again: String, form: String) -> Page {
        page(
            .notice, .accepted, words, words.notices.beingCarriedOut,
            [
                "refresh": "\(secondsBetweenLooks);url=\(again)",
                "link": ["target": form, "label": words.frame.showFormAgain],
            ])
    }

    /// A form that confirms; it asks for the mail's code if a button is not enough (P6).
    package func confirmation(_ form: ConfirmationForm, _ words: Words) -> Page {
        let said = ConfirmationWords(form.subject, words, changes)
        var more: [String: Any] = [
            "nonce": form.nonce, "confirm": said.confirm, "decline": said.decline, "note": branded(said.note),
        ]
        if !said.listed.items.isEmpty {
            more["listed"] = ["label": said.listed.label, "items": said.listed.items] as [String: Any]
        }
        let isWrong = form.step == .wrongCode
        if form.step != .button {
            var code = ["label": words.confirmation.codeLabel, "hint": words.confirmation.codeHint]
            if isWrong { code["error"] = words.confirmation.codeError }
            more["code"] = code
        }
        let ask =
            switch form.step {
            case .button: said.ask
            case .code: words.confirmation.code
            case .wrongCode: words.confirmation.wrongCode
            }
        return page(.confirm, isWrong ? .unprocessableContent : .ok, words, ask, more)
    }

    /// The page's text and the button that was pressed, stored as evidence (O13).
    package func confirmationText(
        _ subject: ConfirmationForm.Subject, _ action: ConfirmOrder.Action, _ words: Words
    ) -> String {
        let said = ConfirmationWords(subject, words, changes)
        let button =
            switch action {
            case .confirm: said.confirm
            case .decline: said.decline
            }
        let items = said.listed.items.isEmpty ? [] : [said.listed.label] + said.listed.items
        return ([branded(said.ask.text)] + items + ["[\(button)]"]).joined(separator: " ")
    }

    /// The page behind an expired or ended link to the contact's page (P4).
    package func pageLinkEnded(nonce: String, _ words: Words) -> Page {
        let said = words.pageLinkEnded
        return page(
            .pageLink, .gone, words, said.ask,
            [
                "nonce": nonce, "newLink": said.newLink, "newLinkHint": said.newLinkHint,
                "unsubscribe": said.unsubscribe, "unsubscribeHint": said.unsubscribeHint,
            ])
    }

    /// The one-click link's page, for people who open the link.
    package func unsubscribe(_ words: Words) -> Page {
        let said = words.unsubscribing
        return page(.unsubscribe, .ok, words, said.ask, ["unsubscribe": said.button, "note": said.note])
    }

    func branded(_ text: String) -> String { text.replacing("{brand}", with: brand) }

    /// Who is responsible for the data, at the foot of each page.
    private func controller(_ controller: Settings.Controller, _ words: Words) -> [String: Any] {
        var contacts: [[String: String]] = []
        if let contact = controller.contact { contacts.append(["target": Self.target(contact), "label": contact]) }
        if let policy = controller.privacyPolicy {
            contacts.append(["target": policy, "label": words.preferences.labels.privacyPolicy])
        }
        let address = (controller.address ?? "").split(whereSeparator: { $0 == "," || $0.isNewline })
        return [
            "by": words.preferences.labels.responsible, "name": controller.name,
            "address": address.map { $0.trimmed }, "contacts": contacts,
        ]
    }

    /// The target of a link to an address, a telephone number or a web address.
    private static func target(_ contact: String) -> String {
        if contact.contains("://") { return contact.hasPrefix("http") ? contact : "" }
        if contact.contains("@") { return "mailto:\(contact)" }
        return "tel:" + contact.filter { $0.isASCII && ($0.isNumber || $0 == "+") }
    }

    func page(
        _ template: Template, _ status: Page.Status, _ words: Words, _ said: Words.Notice,
        _ more: [String: Any] = [:]
    ) -> Page {
        var context: [String: Any] = [
            "language": words.tag, "title": branded(said.title), "brand": brand, "style": style,
            "paragraphs": [branded(said.text)], "footer": words.frame.footer,
        ]
        if let controller = settings.controller { context["controller"] = self.controller(controller, words) }
        context.merge(more) { _, new in new }
        let html = templates[template]?.render(context, library: library) ?? ""
        return Page(status: status, language: words.tag, html: html)
    }
}

/// Time between two polls of the waiting page.
private let secondsBetweenLooks = 3

extension Substring {
    /// Without blanks at either end.
    fileprivate var trimmed: String {
        var text = self.drop { $0 == " " }
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}
