import Cryptography
import FoundationEssentials
import Models
import Mustache
import NotifierDomain
import ServiceKit
import Settings

/// Writes mails: who sends, what it says, which links it carries. Links are made here and nowhere kept.
struct MailWriter: Sendable {
    private let settings: Settings
    private let sender: MailMessage.Sender
    private let site: PublicAddress
    private let links: KeyRingFile
    private let templates: MailTemplates

    /// Without a sender in the settings nothing can be sent.
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

    /// A mail to `recipient`; `content` is what its campaign or its author says. Nil: there is nothing that it could
    /// say.
    func write(
        _ mail: ClaimedMail, to recipient: EmailAddress, locale: String?, content: MailMessage.Content?,
        at time: Timestamp
    ) -> MailMessage? {
        let language = LanguageChoice.language(for: locale, among: settings.languages)
        let said: MailMessage.Content?
        if case .doubleOptIn(let confirmation) = mail.kind {
            said = invitation(confirmation, language: language)
        } else {
            said = content?.with(footer: footer(mail, language: language))
        }
        return said.map { said in
            MailMessage(
                id: mail.id, domain: site.host, at: time, from: sender, to: recipient, content: said,
                headers: headers(mail))
        }
    }

    private func headers(_ mail: ClaimedMail) -> [MailHeader] {
        switch mail.kind {
        case .doubleOptIn, .workflow: return [MailHeader("Auto-Submitted", "auto-generated")]
        case .autoresponder: return [MailHeader("Auto-Submitted", "auto-replied")]
        case .adHoc: return []
        case .reply:
            return mail.inReplyTo.map { id in
                [MailHeader("In-Reply-To", folding: id), MailHeader("References", folding: id)]
            } ?? []
        case .campaign:
            // One POST and nothing else opts out (RFC 8058, O11).
            let link = link(.unsubscribe, id: mail.id, subject: mail.contact.text)
            return [
                MailHeader("List-Unsubscribe", "<\(link)>"),
                MailHeader("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
            ]
        }
    }

    /// Each mail's page link is its own (P4).
    private func footer(_ mail: ClaimedMail, language: String) -> (text: String, html: String) {
        let footer = MailFooter(
            url: link(.page, id: mail.id, subject: mail.contact.text), language: language,
            settings: settings)
        return (footer.text, footer.html)
    }

    private func link(_ linkClass: LinkClass, id: UUID, subject: String = "") -> String {
        "\(site.url)/\(linkClass.rawValue)/\(LinkToken.make(linkClass, id: id, subject: subject, with: links.ring))"
    }

    private func invitation(_ confirmation: UUID, language: String) -> MailMessage.Content? {
        guard let template = templates.template(.doubleOptIn, language: language) else { return nil }
        let accent = settings.brand.colours["accent"] ?? "#1f4e79"
        let hours = settings.optIn.linkLife.components.seconds / 3600
        var values = [
            "brand": settings.brand.name, "link": link(.optIn, id: confirmation), "language": language,
            "code": LinkToken.code(.optIn, id: confirmation, with: links.ring), "accent": accent,
            "onAccent": Contrast.textColour(on: accent),
        ]
        values[hours >= 48 ? "days" : "hours"] = String(hours >= 48 ? hours / 24 : max(1, hours))
        let subject = template.subject.render(values).split(whereSeparator: \.isNewline).joined(separator: " ")
        return MailMessage.Content(
            subject: subject, text: template.text.render(values), html: template.html.render(values))
    }
}
