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
    private let tracking: TrackingLinks
    private let templates: MailTemplates
    private let checkpoint: NewestCheckpoint
    /// The mails of workflows (C6).
    let workflows: WorkflowMails

    /// Fails if the settings have no sender.
    init(
        settings: Settings, site: PublicAddress, links: KeyRingFile, checkpoint: NewestCheckpoint = NewestCheckpoint()
    ) throws(ServiceEnvironment.Mistake) {
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
        self.checkpoint = checkpoint
        tracking = TrackingLinks(site: site, keys: links)
        sender = MailMessage.Sender(name: from.name, address: from.address)
        templates = try MailTemplates(languages: settings.languages, folder: settings.mail.templates)
        workflows = try WorkflowMails(settings)
    }

    /// A mail to `recipient`; `content` is the text of its campaign or its author. Nil: the mail has no text.
    /// `isTracked`: its contact allows tracking (C2); only a campaign's mail is tracked.
    func write(
        _ mail: ClaimedMail, to recipient: EmailAddress, locale: String?, content: MailMessage.Content?,
        isTracked: Bool = false, at time: Timestamp
    ) -> MailMessage? {
        let language = LanguageChoice(offered: settings.languages).choose(locale: locale)
        let said =
            if let template = mail.kind.rule.template, let row = mail.kind.row {
                written(template, row, mail, language: language)
            } else {
                // The footer's own links are never rewritten.
                content.map { isTracked ? tracking.added(to: $0, mail) : $0 }.map { content in
                    mail.kind.rule.hasFooter ? content.with(footer: footer(mail, language: language)) : content
                }
            }
        return said.map { said in
            MailMessage(
                id: mail.id, domain: site.host, at: time, from: sender, to: recipient, content: said,
                headers: headers(mail))
        }
    }

    private func headers(_ mail: ClaimedMail) -> [MailHeader] {
        var headers: [MailHeader] = []
        if let newest = checkpoint.header { headers.append(MailHeader("Assent-Checkpoint", wrapping: newest)) }
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
        _ template: MailRule.Template, _ row: UUID, _ mail: ClaimedMail, language: String
    ) -> MailMessage.Content? {
        guard let parts = templates.parts(template, language: language) else { return nil }
        let words = Words.of(language)
        let palette = Palette(settings.brand.colours)
        let lasting = words.durations.text(life(of: template.link))
        func filled(_ text: String) -> String {
            text.replacing("{brand}", with: settings.brand.name).replacing("{duration}", with: lasting)
        }
        var values: [String: Any] = [
            "brand": settings.brand.name, "link": link(template.link, row, mail), "language": parts.language,
            "duration": lasting, "accent": palette.accent, "onAccent": palette.onAccent,
            "words": said(template, words).mapValues(filled),
        ]
        if template.link != .page { values["code"] = LinkToken.code(template.link, id: row, with: links.ring) }
        let items = items(of: mail, words)
        if !items.isEmpty { values["listed"] = ["items": items] }
        let subject = parts.subject.render(values).split(whereSeparator: \.isNewline).joined(separator: " ")
        return MailMessage.Content(
            subject: subject, text: parts.text.render(values), html: parts.html.render(values))
    }

    private func life(of linkClass: LinkClass) -> Duration {
        linkClass == .page ? settings.page.linkLife : settings.optIn.linkLife
    }

    /// A link to the contact's page carries the contact; another one the row that it opens.
    private func link(_ linkClass: LinkClass, _ row: UUID, _ mail: ClaimedMail) -> String {
        linkClass == .page
            ? link(.page, id: mail.id, subject: mail.contact.text) : link(linkClass, id: row)
    }

    /// The changes or consents in words; a mail that undoes withdrawals lists these.
    private func items(of mail: ClaimedMail, _ words: Words) -> [String] {
        let changes = ChangeWords(settings)
        if case .notice(_, _, let items) = mail.kind { return items.map { item($0, changes, words) } }
        guard case .request(.undo, _, _) = mail.kind else {
            return mail.kind.changes.map { changes.text($0, words) }
        }
        return mail.kind.changes.map { changes.text($0.withdrawn, words) }
    }

    private func item(_ item: NoticeItem, _ changes: ChangeWords, _ words: Words) -> String {
        let mails = words.requestMails
        let pattern: String
        switch item.reason {
        case .new: pattern = mails.newConsent
        case .newText: pattern = mails.newText
        case .runsOut(let end): pattern = mails.runsOut.replacing("{date}", with: words.dates.text(end))
        }
        return pattern.replacing("{text}", with: changes.statement(item.consent, words))
    }

    private func said(_ template: MailRule.Template, _ words: Words) -> [String: String] {
        let mails = words.requestMails
        let mail: Words.RequestMail
        switch template {
        case .doubleOptIn: return Self.doubleOptIn(words.doubleOptInMail)
        case .change: mail = mails.change
        case .undo: mail = mails.undo
        case .resumed: mail = mails.resumed
        case .pageLink: mail = mails.pageLink
        case .invitation: mail = mails.invitation
        case .newConsents: mail = mails.newConsents
        case .renewal: mail = mails.renewal
        }
        return [
            "subject": mail.subject, "title": mail.title, "greeting": mails.frame.greeting, "reason": mail.reason,
            "next": mail.next, "button": mail.button, "code": mails.frame.code, "notYou": mail.notYou,
            "life": mail.life, "fallback": mails.frame.fallback, "origin": mail.origin,
            "regards": mails.frame.regards,
        ]
    }

    private static func doubleOptIn(_ said: Words.ConfirmationMail) -> [String: String] {
        [
            "subject": said.subject, "title": said.title, "greeting": said.greeting, "reason": said.reason,
            "ask": said.ask, "next": said.next, "button": said.button, "code": said.code, "notYou": said.notYou,
            "life": said.life, "fallback": said.fallback, "origin": said.origin, "regards": said.regards,
        ]
    }
}
