import Cryptography
import FoundationEssentials
import Models
import Mustache
import NotifierDomain
import ServiceKit
import Settings
import Words

/// Writes mails with sender, content, headers and links. Links are made for each mail and not stored.
struct MailWriter: Sendable {
    private let settings: Settings
    private let sender: MailMessage.Sender
    private let site: PublicAddress
    private let links: KeyRingFile
    private let templates: MailTemplates

    /// Fails if the settings have no sender.
    init(settings: Settings, site: PublicAddress, links: KeyRingFile) throws(ServiceEnvironment.Mistake) {
        guard let from = settings.mail.from else {
            throw ServiceEnvironment.Mistake("the configuration must name a sender: mail.from")
        }
        guard from.address.ascii != nil else {
            throw ServiceEnvironment.Mistake(
                "mail.from must have ASCII before the @: not every mail server takes another")
        }
        self.settings = settings
        self.site = site
        self.links = links
        sender = MailMessage.Sender(name: from.name, address: from.address)
        templates = try MailTemplates(languages: settings.languages, folder: settings.mail.templates)
    }

    /// A mail to `recipient`; `content` is the text of its campaign or its author. Nil: the mail has no text.
    func write(
        _ mail: ClaimedMail, to recipient: EmailAddress, locale: String?, content: MailMessage.Content?,
        at time: Timestamp
    ) -> MailMessage? {
        let language = LanguageChoice(offered: settings.languages).choose(locale: locale)
        let said =
            if let template = mail.kind.rule.template, let confirmation = mail.kind.confirmation {
                written(template, confirmation, language: language)
            } else {
                content?.with(footer: footer(mail, language: language))
            }
        return said.map { said in
            MailMessage(
                id: mail.id, domain: site.host, at: time, from: sender, to: recipient, content: said,
                headers: headers(mail))
        }
    }

    private func headers(_ mail: ClaimedMail) -> [MailHeader] {
        var headers: [MailHeader] = []
        if let value = mail.kind.rule.autoSubmitted { headers.append(MailHeader("Auto-Submitted", value)) }
        if let id = mail.inReplyTo, mail.kind == .reply {
            headers += [MailHeader("In-Reply-To", folding: id), MailHeader("References", folding: id)]
        }
        if mail.kind.rule.hasOneClick {
            // A single POST opts out (RFC 8058, O11).
            let link = link(.unsubscribe, id: mail.id, subject: mail.contact.text)
            headers += [
                MailHeader("List-Unsubscribe", "<\(link)>"),
                MailHeader("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
            ]
        }
        return headers
    }

    /// The footer, with a page link made for this mail (P4).
    private func footer(_ mail: ClaimedMail, language: String) -> (text: String, html: String) {
        let footer = MailFooter(
            url: link(.page, id: mail.id, subject: mail.contact.text), language: language, texts: settings.mail.footer)
        return (footer.text, footer.html)
    }

    private func link(_ linkClass: LinkClass, id: UUID, subject: String = "") -> String {
        "\(site.url)/\(linkClass.rawValue)/\(LinkToken.make(linkClass, id: id, subject: subject, with: links.ring))"
    }

    private func written(
        _ template: MailRule.Template, _ confirmation: UUID, language: String
    ) -> MailMessage.Content? {
        guard let parts = templates.parts(template, language: language) else { return nil }
        let words = Words.of(language)
        let palette = Palette(settings.brand.colours)
        let lasting = words.durations.text(settings.optIn.linkLife)
        func filled(_ text: String) -> String {
            text.replacing("{brand}", with: settings.brand.name).replacing("{duration}", with: lasting)
        }
        let said = said(template, words)
        let values: [String: Any] = [
            "brand": settings.brand.name, "link": link(template.link, id: confirmation), "language": parts.language,
            "duration": lasting,
            "code": LinkToken.code(template.link, id: confirmation, with: links.ring), "accent": palette.accent,
            "onAccent": palette.onAccent,
            "words": [
                "subject": said.subject, "title": said.title, "greeting": said.greeting, "reason": said.reason,
                "ask": said.ask, "next": said.next, "button": said.button, "code": said.code, "notYou": said.notYou,
                "life": said.life, "fallback": said.fallback, "origin": said.origin, "regards": said.regards,
            ].mapValues(filled),
        ]
        let subject = parts.subject.render(values).split(whereSeparator: \.isNewline).joined(separator: " ")
        return MailMessage.Content(
            subject: subject, text: parts.text.render(values), html: parts.html.render(values))
    }

    private func said(_ template: MailRule.Template, _ words: Words) -> Words.ConfirmationMail {
        switch template {
        case .doubleOptIn: words.doubleOptInMail
        }
    }
}
