import FoundationEssentials
import Messaging
import Models
import OptInDomain
import PostgreSQL
import ServiceKit

/// `internal.gate`: the notifier asks at hand-over whether its mails may still be sent (N2, X3).
struct GateHandler: QueryHandler {
    static let type = GateQuestion.type
    static let exchange = Exchange.internal
    static let isPermission = true
    private let question: GateQuestion

    init(reading data: Reader) throws(Refusal) { question = try GateQuestion(reading: data) }

    func answer(_ context: QueryContext<OptIn.Environment>) async throws -> JSON {
        let environment = context.environment
        let reads = environment.reads.by(context.pool)
        let (confirmations, replies) = try lookups(environment)
        async let pendingNow = reads.pending(among: confirmations, at: context.now)
        async let answeredNow = reads.conversations(
            among: replies.map { ($0.contact, $0.messageHashes) }, at: context.now)
        let recipients = try await reads.recipients(of: question.mails.map(\.contact))
        let pending = try await pendingNow
        let answered = Set(try await answeredNow.map { replies[$0].mail })
        var refused: [UUID: String] = [:]
        var confirmed = Set<UUID>()
        for mail in question.mails {
            let recipient = recipients[mail.contact.text]
            if recipient?.status == .doubleOptIn { confirmed.insert(mail.mail) }
            if let asked = mail.addressHash, let recipient, !recipient.isAt(asked) {
                refused[mail.mail] = GateAnswer.notYet
            } else if let (category, list) = mail.category.standard {
                refused[mail.mail] = refusalToSend(
                    category, to: recipient, list: list, answers: answered.contains(mail.mail),
                    policy: environment.policy)
            } else if case .doubleOptIn(let confirmation) = mail.category, !pending.contains(confirmation) {
                // A stop ends every confirmation (C4).
                refused[mail.mail] = recipient?.isStopped == true ? "stopped" : "superseded"
            }
        }
        return GateAnswer(refused: refused, confirmed: confirmed).json
    }

    /// A reply to check: its contact and the message that it answers.
    private struct Reply {
        let mail: UUID
        let contact: ContactID
        let messageHashes: [String]
    }

    private func lookups(
        _ environment: OptIn.Environment
    ) throws(Refusal) -> (confirmations: [UUID], replies: [Reply]) {
        var confirmations: [UUID] = []
        var replies: [Reply] = []
        for mail in question.mails {
            switch mail.category {
            case .doubleOptIn(let confirmation): confirmations.append(confirmation)
            case .reply(let text):
                // No mail was received under an invalid Message-ID.
                guard let id = MessageID(text) else { continue }
                let hashes = environment.addressKeys.hashes(of: id)
                replies.append(Reply(mail: mail.mail, contact: mail.contact, messageHashes: hashes))
            case .campaign, .autoresponder, .workflow, .adHoc: continue
            // Consent decides on its own mails.
            case .request, .firing:
                throw Refusal(.invalidField, "another service decides on such mails", at: "/data/mails")
            }
        }
        return (confirmations, replies)
    }
}

extension Recipient {
    /// Whether the hashes from the vault match the address known here; true if no address is known here.
    fileprivate func isAt(_ hashes: String) -> Bool {
        addressHashes.isEmpty || AddressHashes(text: hashes)?.texts.contains(where: addressHashes.contains) ?? false
    }
}

extension GateQuestion.Category {
    /// The category of `optin.check`; nil for the double-opt-in mail, which has its own check.
    fileprivate var standard: (category: MailCategory, list: String?)? {
        switch self {
        case .campaign(let list): (.campaign, list)
        case .autoresponder: (.autoresponder, nil)
        case .workflow: (.workflow, nil)
        case .adHoc: (.adHoc, nil)
        case .reply: (.reply, nil)
        case .doubleOptIn, .request, .firing: nil
        }
    }
}
