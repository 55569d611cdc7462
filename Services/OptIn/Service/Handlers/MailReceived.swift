import Messaging
import Models
import OptInDomain
import ServiceKit

/// `mail.received`: the contact sent a mail to a user, which opens a conversation: the user may reply (O9). Only a
/// keyed hash of the Message-ID is stored.
struct MailReceived: Handler {
    static let type = "mail.received"
    static let exchange = Exchange.contacts
    private let messageID: MessageID

    init(reading data: Reader) throws(Refusal) { messageID = try data.messageID("messageId") }

    func decide(_ state: inout OptIn, _ context: Context<OptIn>) throws(Refusal) -> [Effect] {
        try state.receive(messageHash: context.environment.addressKeys.hashes(of: messageID)[0], at: context.now)
        return []
    }
}
