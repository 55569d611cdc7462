import FoundationEssentials
import Messaging
import Models
import NotifierDomain

/// `internal.mail-handed`, notifier → notifier, subject = the contact: a hand-over ended; the outcome in the mail's row
/// is published once.
struct MailHandedHandler: Handler {
    typealias State = MailOrCampaign

    static let type = "internal.mail-handed"
    static let exchange = Exchange.internal
    static let sender: SuiteService? = .notifier

    private let mail: UUID

    var key: String? { MailOrCampaign.key(mail: mail.text) }

    init(reading data: Reader) throws(Refusal) { mail = try data.uuid("mail") }

    /// The message's data for a mail.
    static func data(_ mail: UUID) -> JSON { ["mail": .string(mail.text)] }

    func decide(_ state: inout MailOrCampaign, _ context: Context<MailOrCampaign>) throws(Refusal) -> [Effect] {
        guard case .mail(var mail) = state else { throw Refusal(.notFound, "there is no such mail", at: "/data/mail") }
        guard let outcome = mail.tell() else { return [] }
        state = .mail(mail)
        let fact = mail.fact(of: outcome)
        var effects: [Effect] = [.fact(fact.type, fact.data)]
        // The orderer needs the time of the hand-over: a press within seconds comes from a program (P6).
        switch mail.kind {
        case .doubleOptIn(let confirmation):
            guard outcome.result == .sent else { break }
            let notice = MailSentNotice(confirmation: confirmation)
            effects.append(.order(MailSentNotice.type, subject: mail.contact.text, notice.json))
        case .request(_, let row, _), .notice(_, let row, _):
            let notice = MailEndedNotice(row: row, isSent: outcome.result == .sent)
            effects.append(.order(MailEndedNotice.type, subject: mail.contact.text, notice.json))
        case .campaign, .autoresponder, .workflow, .firing, .adHoc, .reply: break
        }
        return effects
    }
}
