import Messaging
import Models
import OptInDomain

/// `internal.mail-due`: a double-opt-in mail that the limit held back is due (O4).
struct MailDueHandler: Handler {
    static let type = MailDueNotice.type
    static let exchange = Exchange.internal
    static let sender: SuiteService? = .optin

    private let notice: MailDueNotice

    init(reading data: Reader) throws(Refusal) { notice = try MailDueNotice(reading: data) }

    func decide(_ state: inout OptIn, _ context: Context<OptIn>) throws(Refusal) -> [Effect] {
        let consequences = state.mailIsDue(at: notice.dueAt, context.occasion)
        return context.effects(of: consequences, on: state)
    }
}
