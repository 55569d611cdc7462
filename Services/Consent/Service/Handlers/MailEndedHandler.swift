import ConsentDomain
import Cryptography
import FoundationEssentials
import Messaging
import Models
import Settings

/// `internal.mail-ended`: the hand-over of a mail that this service ordered ended. Its time tells a scanner's press
/// from a human's (P6), a user's resumption is carried out once the contact was told (C4), and a contact who could not
/// be asked to renew a grant is noted (C7).
struct MailEndedHandler: Handler {
    static let type = MailEndedNotice.type
    static let exchange = Exchange.internal
    static let sender: SuiteService? = .notifier
    static let takesNumbers = true

    private let notice: MailEndedNotice

    init(reading data: Reader) throws(Refusal) { notice = try MailEndedNotice(reading: data) }

    func decide(_ state: inout ConsentContact, _ context: Context<ConsentContact>) throws(Refusal) -> [Effect] {
        if !notice.isSent {
            if state.renewalFailed(notice.row) { return [] }
            state.invitationFailed(notice.row)
        }
        let (step, unchanged) = try state.mailEnded(
            notice.row, isSent: notice.isSent, context.environment.rules, by: context.act(Evidence()))
        let answer: JSON = ["processing": .string(state.processing.rawValue)]
        return context.effects(of: step) + context.tell(&state)
            + [unchanged].compactMap { $0 }.map { .answerKept($0, answer, afterLeases: false) }
    }
}
