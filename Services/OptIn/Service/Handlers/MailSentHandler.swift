import Messaging
import Models
import OptInDomain

/// `internal.mail-sent`: the mail server accepted a double-opt-in mail. The time is needed to detect a scanner, which
/// presses the button within seconds (P6).
struct MailSentHandler: Handler {
    static let type = MailSentNotice.type
    static let exchange = Exchange.internal
    static let sender: SuiteService? = .notifier
    private let notice: MailSentNotice

    init(reading data: Reader) throws(Refusal) { notice = try MailSentNotice(reading: data) }

    func decide(_ state: inout OptIn, _ context: Context<OptIn>) throws(Refusal) -> [Effect] {
        state.mailed(notice.confirmation)
        return []
    }
}
