import ConsentDomain
import Cryptography
import FoundationEssentials
import Messaging
import Models
import ServiceKit
import Settings
import Words

/// `consent.link`: a link to the contact's page and a footer for a mail. The reply carries a token and is therefore not
/// stored.
struct ConsentLink: Handler {
    static let type = "consent.link"
    static let exchange = Exchange.requests
    static let isReading = true

    init(reading data: Reader) {}

    func decide(_ state: inout ConsentContact, _ context: Context<ConsentContact>) throws(Refusal) -> [Effect] {
        try state.requireExistence()
        let environment = context.environment
        let locale = state.locale
        let subject = context.subject
        let id = context.newID()
        return [
            .answerLater {
                let token = LinkToken.make(.page, id: id, subject: subject, with: environment.linkKeys)
                let url = "\(environment.publicURL)/\(LinkClass.page.rawValue)/\(token)"
                let footer = MailFooter(
                    url: url,
                    language: LanguageChoice(offered: environment.settings.languages).choose(locale: locale),
                    texts: environment.settings.mail.footer)
                return ["url": .string(url), "footer": ["text": .string(footer.text), "html": .string(footer.html)]]
            }
        ]
    }
}
