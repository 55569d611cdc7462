import ConsentDomain
import Messaging
import Models

/// `optin.changed`: conditions may look at the status (contract section 5).
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
        // It left before opt-in began its epoch, and was not heard when opt-in asked what is known here: opt-in may
        // have lost it (X5).
        guard sequence < UInt64(clamping: context.peerEpochs[.optin] ?? 0) else { return [] }
        let notice = OptInHeardNotice(status: status, held: state.heldOptOut, sequence: Int64(clamping: sequence))
        return [.order(OptInHeardNotice.type, subject: context.subject, notice.json)]
    }
}

extension Message {
    /// The sequence of a fact, which counts among those of one service only: the handler names the sender.
    func sequence() throws(Refusal) -> UInt64 {
        // PostgreSQL's bigint holds what any outbox numbers.
        guard let sequence = event.sequence, sequence <= Int64.max else {
            throw Refusal(.malformed, "must be a number of up to 19 digits", at: "/sequence")
        }
        return sequence
    }
}
