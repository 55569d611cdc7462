import Messaging
import Models
import NotifierDomain

/// `internal.mail-handed`: a hand-over ended; the suite is told so, once.
struct MailHanded: Handler {
    typealias State = Post

    static let type = MailOutcome.type
    static let exchange = Exchange.internal
    static let sender: SuiteService? = .notifier

    private let outcome: MailOutcome

    var key: String? { Post.key(mail: outcome.mail.text) }

    init(reading data: Reader) throws(Refusal) { outcome = try MailOutcome(reading: data) }

    func decide(_ state: inout Post, _ context: Context<Post>) throws(Refusal) -> [Effect] {
        guard case .mail(var mail) = state else { throw Refusal(.notFound, "the mail is not known", at: "/data/mail") }
        guard mail.tell(outcome) else { return [] }
        state = .mail(mail)
        let fact = mail.fact(of: outcome)
        var effects: [Effect] = [.fact(fact.type, fact.data)]
        if case .doubleOptIn(let confirmation) = mail.kind, outcome.result == .sent {
            // A button pressed sooner after this than a human can is a scanner's (P6).
            let notice = ConfirmationMailed(
                confirmation: confirmation, at: mail.endedAt ?? context.message.event.time)
            effects.append(.order(ConfirmationMailed.type, subject: mail.contact.text, notice.json))
        }
        return effects
    }
}
