import ConsentDomain
import Messaging
import Models

/// `optin.changed`: conditions may look at the status (contract section 5).
struct OptInChanged: Handler {
    static let type = "optin.changed"
    static let exchange = Exchange.facts
    static let sender: SuiteService? = .optin

    private let status: String

    init(reading data: Reader) throws(Refusal) {
        status = try data.name("to")
        guard Condition.optInStatuses.contains(status) else { throw data.refusal("to", "must be an opt-in status") }
    }

    func decide(_ state: inout ConsentContact, _ context: Context<ConsentContact>) throws(Refusal) -> [Effect] {
        state.hearOptIn(status, sequence: try context.message.sequence())
        return []
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
