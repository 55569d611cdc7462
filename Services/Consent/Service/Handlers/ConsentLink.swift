import ConsentDomain
import Cryptography
import FoundationEssentials
import Messaging
import Models
import ServiceKit

/// `consent.link`: a link to the contact's page and a footer for a mail. The reply carries a token, so that it is not
/// stored; the link's id comes from the request's, so that a repetition makes the same link again.
struct ConsentLink: Handler {
    static let type = "consent.link"
    static let exchange = Exchange.requests
    static let isReading = true

    init(reading data: Reader) {}

    func decide(_ state: inout ConsentContact, _ context: Context<ConsentContact>) throws(Refusal) -> [Effect] {
        let event = context.message.event
        guard let id = Self.linkID(request: event.id, source: event.source, contact: context.subject) else {
            throw Refusal(.failed, "no id for the link could be made")
        }
        try state.link(id)
        let environment = context.environment
        let locale = state.locale
        return [
            .answerLater {
                let token = LinkToken.make(.page, id: id, with: environment.linkKeys)
                let url = "\(environment.publicURL)/\(LinkClass.page.rawValue)/\(token)"
                let footer = MailFooter(url: url, locale: locale, settings: environment.settings)
                return ["url": .string(url), "footer": ["text": .string(footer.text), "html": .string(footer.html)]]
            }
        ]
    }

    /// A version 8 UUID (RFC 9562) over what names the request; it need not be secret, for the token is authenticated.
    static func linkID(request: UUID, source: String, contact: String) -> UUID? {
        var bytes = [UInt8](Digest.sha256(request.bytes + [UInt8]("\(source)\0\(contact)".utf8)).prefix(16))
        bytes[6] = bytes[6] & 0x0F | 0x80
        bytes[8] = bytes[8] & 0x3F | 0x80
        return UUID(bytes: bytes)
    }
}
