import ConsentDomain
import FoundationEssentials
import Messaging
import Models

/// `internal.tell`: decides whether the contact is to be told of the page or of consents on it (P3).
struct TellHandler: Handler {
    static let type = TellNotice.type
    static let exchange = Exchange.internal
    static let sender: SuiteService? = .consent

    private let notice: TellNotice

    init(reading data: Reader) throws(Refusal) { notice = try TellNotice(reading: data) }

    func decide(_ state: inout ConsentContact, _ context: Context<ConsentContact>) throws(Refusal) -> [Effect] {
        guard notice.configuration == context.environment.rules.configuration else { return [] }
        // The database's clock found it due, and this process's clock may be behind.
        return context.tell(&state, at: notice.dueAt.map { max($0, context.now) } ?? context.now)
    }
}
