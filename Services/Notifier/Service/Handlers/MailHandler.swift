import Messaging
import Models
import NotifierDomain

/// `internal.mail`: a mail to hand over as soon as possible.
struct MailHandler: Handler {
    typealias State = MailOrCampaign

    static let type = MailOrder.type
    static let exchange = Exchange.internal

    private let order: MailOrder

    var key: String? { MailOrCampaign.key(mail: order.mail.text) }

    init(reading data: Reader) throws(Refusal) { order = try MailOrder(reading: data) }

    func decide(_ state: inout MailOrCampaign, _ context: Context<MailOrCampaign>) throws(Refusal) -> [Effect] {
        let contact = try context.contact
        let kind: MailKind =
            switch order.kind {
            case .doubleOptIn(let confirmation): .doubleOptIn(confirmation: confirmation)
            case .request(let mail, let row, let changes): .request(mail, row: row, changes: changes)
            case .workflow(let mail): .firing(mail)
            case .notice(let mail, let row, let items): .notice(mail, row: row, items: items)
            }
        guard kind.rule.orderer?.rawValue == context.message.account else {
            throw Refusal(.malformed, "another service orders such mails", at: "/data/kind")
        }
        if case .nothing = state {
            state = .mail(Mail(id: order.mail, kind: kind, to: contact, addressHash: order.addressHash))
        }
        return []
    }
}

extension Context<MailOrCampaign> {
    /// The contact that the message is about.
    var contact: ContactID {
        get throws(Refusal) {
            guard let contact = ContactID(subject) else {
                throw Refusal(.malformed, "must be a contact id", at: "/subject")
            }
            return contact
        }
    }
}
