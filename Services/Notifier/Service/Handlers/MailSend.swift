import FoundationEssentials
import Messaging
import Models
import NotifierDomain

/// `mail.send`: queues a mail to one contact with any status; the gate decides at hand-over (N2, O9).
struct MailSend: Handler {
    typealias State = MailOrCampaign

    static let type = "mail.send"
    static let exchange = Exchange.requests

    private let id = newID()
    private let kind: MailKind
    private let text: MailText

    var key: String? { MailOrCampaign.key(mail: id.text) }

    init(reading data: Reader) throws(Refusal) {
        data.allow("inReplyTo")
        var inReplyTo: String?
        switch try data.choice("category", of: MailCategory.self) {
        case .campaign:
            throw data.refusal("category", "must be one of autoresponder, workflow, ad-hoc, reply")
        case .autoresponder: kind = .autoresponder
        case .workflow: kind = .workflow
        case .adHoc: kind = .adHoc
        case .reply:
            kind = .reply
            inReplyTo = try data.messageID("inReplyTo").text
        }
        text = MailText(content: try MailMessage.Content(reading: data), inReplyTo: inReplyTo)
    }

    func decide(_ state: inout MailOrCampaign, _ context: Context<MailOrCampaign>) throws(Refusal) -> [Effect] {
        state = .mail(Mail(id: id, kind: kind, to: try context.contact, text: text))
        return [.answer(["mail": .string(id.text), "state": "queued"])]
    }
}
