import ConsentDomain
import Messaging
import Models

/// `optin.changed`: updates the copy of the opt-in status that conditions read (contract section 5).
struct OptInChanged: Handler {
    static let type = "optin.changed"
    static let exchange = Exchange.facts
    static let sender: SuiteService? = .optin

    private let status: String
    private let before: String?

    init(reading data: Reader) throws(Refusal) {
        status = try data.name("to")
        before = try data.optionalText("from", limit: 64)
        guard Condition.optInStatuses.contains(status) else { throw data.refusal("to", "must be an opt-in status") }
    }

    func decide(_ state: inout ConsentContact, _ context: Context<ConsentContact>) throws(Refusal) -> [Effect] {
        let sequence = try context.message.sequence()
        guard state.hearOptIn(status, from: before, sequence: sequence) else { return [] }
        state.isConfirmed(by: status)
        let telling = context.tell(&state)
        // The fact is older than opt-in's current epoch, and had not arrived here when opt-in asked for its lost
        // statuses. Opt-in may have lost it (X5), so it is reported back.
        guard sequence < UInt64(clamping: context.peerEpochs[.optin] ?? 0) else { return telling }
        let notice = OptInHeardNotice(status: status, held: state.heldOptOut, sequence: Int64(clamping: sequence))
        return telling + [.order(OptInHeardNotice.type, subject: context.subject, notice.json)]
    }
}

extension Message {
    /// The sequence of a fact. Sequences compare only within one service, so the handler must name the sender.
    func sequence() throws(Refusal) -> UInt64 {
        // An outbox numbers its facts with PostgreSQL's bigint.
        guard let sequence = event.sequence, sequence <= Int64.max else {
            throw Refusal(.malformed, "must be a number of up to 19 digits", at: "/sequence")
        }
        return sequence
    }
}
