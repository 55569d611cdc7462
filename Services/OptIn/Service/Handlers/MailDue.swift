import Messaging
import Models
import OptInDomain

/// `internal.mail-due`: the time of a double-opt-in mail that the limit held back has come (O4).
struct MailDue: Handler {
    static let type = OptInReminder.mailDue
    static let exchange = Exchange.internal

    init(reading data: Reader) throws(Refusal) {}

    func decide(_ state: inout OptIn, _ context: Context<OptIn>) throws(Refusal) -> [Effect] {
        let consequences = state.mailIsDue(context.occasion)
        return context.effects(of: consequences, on: state)
    }
}
