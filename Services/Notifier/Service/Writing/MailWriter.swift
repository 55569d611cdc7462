import Cryptography
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
    private let links: KeyRing
    private let templates: MailTemplates

    /// Without a sender in the settings nothing can be sent.
    init(settings: Settings, site: PublicAddress, links: KeyRing) throws(ServiceEnvironment.Mistake) {
        guard let from = settings.mail.from else {
            throw ServiceEnvironment.Mistake("the configuration must name a sender: mail.from")
        }
        self.settings = settings
        self.site = site
        self.links = links
        sender = MailMessage.Sender(name: from.name, address: from.address)
        templates = try MailTemplates(languages: settings.languages, folder: settings.mail.templates)
    }

    /// A mail to `recipient`; `campaign` is what the mail's campaign says. Nil: there is nothing that it could say.
    func write(
        _ mail: ClaimedMail, to recipient: EmailAddress, locale: String?, campaign: CampaignContent?,
        at time: Timestamp
    ) -> MailMessage? {
        let content: MailMessage.Content
        let headers: [MailHeader]
        switch mail.kind {
        case .doubleOptIn(let confirmation):
            let link = "\(site.url)/o/\(LinkToken.make(.optIn, id: confirmation, with: links))"
            guard let letter = letter(.doubleOptIn, locale: locale, link: link) else { return nil }
            content = letter
            headers = [MailHeader("Auto-Submitted", "auto-generated")]
        case .campaign:
            guard let campaign else { return nil }
            content = MailMessage.Content(subject: campaign.subject, text: campaign.text, html: campaign.html)
            // One POST and nothing else opts out (RFC 8058, O11).
            let link =
                "\(site.url)/u/\(LinkToken.make(.unsubscribe, id: mail.id, subject: mail.contact.text, with: links))"
            headers = [
                MailHeader("List-Unsubscribe", "<\(link)>"),
                MailHeader("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
            ]
        }
        return MailMessage(
            id: mail.id, domain: site.host, at: time, from: sender, to: recipient, content: content, headers: headers)
    }

    private func letter(_ name: MailTemplates.Name, locale: String?, link: String) -> MailMessage.Content? {
        let language = LanguageChoice.language(for: locale, among: settings.languages)
        guard let template = templates.template(name, language: language) else { return nil }
        let accent = settings.brand.colours["accent"] ?? "#1f4e79"
        let hours = settings.optIn.linkLife.components.seconds / 3600
        var values = [
            "brand": settings.brand.name, "link": link, "language": language, "accent": accent,
            "onAccent": Contrast.textColour(on: accent),
        ]
        values[hours >= 48 ? "days" : "hours"] = String(hours >= 48 ? hours / 24 : max(1, hours))
        let subject = template.subject.render(values).split(whereSeparator: \.isNewline).joined(separator: " ")
        return MailMessage.Content(
            subject: subject, text: template.text.render(values), html: template.html.render(values))
    }
}
