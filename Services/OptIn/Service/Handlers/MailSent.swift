import Messaging
import Models
import OptInDomain

/// `internal.mail-sent`: the mail server took a double-opt-in mail; what presses its button within seconds is no human
/// (P6).
struct MailSent: Handler {
    static let type = ConfirmationMailed.type
    static let exchange = Exchange.internal
    static let sender: SuiteService? = .notifier
    private let notice: ConfirmationMailed

    init(reading data: Reader) throws(Refusal) { notice = try ConfirmationMailed(reading: data) }

    func decide(_ state: inout OptIn, _ context: Context<OptIn>) throws(Refusal) -> [Effect] {
        state.mailed(notice.confirmation)
        return []
    }
}
