import ConsentDomain
import Cryptography
import FoundationEssentials
import Messaging
import Models
import ServiceKit
import Settings
import Words

/// `consent.link`: a link to the contact's page and a footer for a mail. The reply carries a token and is therefore not
/// stored. The link's id is derived from the request's, so that a redelivered request makes the same link again.
struct ConsentLink: Handler {
    static let type = "consent.link"
    static let exchange = Exchange.requests
    static let isReading = true

    init(reading data: Reader) {}

    func decide(_ state: inout ConsentContact, _ context: Context<ConsentContact>) throws(Refusal) -> [Effect] {
        let event = context.message.event
        let id = Self.linkID(request: event.id, source: event.source, contact: context.subject)
        try state.link(id)
        let environment = context.environment
        let locale = state.locale
        return [
            .answerLater {
                let token = LinkToken.make(.page, id: id, with: environment.linkKeys)
                let url = "\(environment.publicURL)/\(LinkClass.page.rawValue)/\(token)"
                let footer = MailFooter(
                    url: url,
                    language: LanguageChoice(offered: environment.settings.languages).choose(locale: locale),
                    texts: environment.settings.mail.footer)
                return ["url": .string(url), "footer": ["text": .string(footer.text), "html": .string(footer.html)]]
            }
        ]
    }

    /// The id need not be secret, because the token is authenticated.
    static func linkID(request: UUID, source: String, contact: String) -> UUID {
        derivedID("page link", request.text, source, contact)
    }
}
