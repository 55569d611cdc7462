import ConsentDomain
import Cryptography
import FoundationEssentials
import Messaging
import Models
import Settings

/// `consent.resume` †: a user lifts a stop (C4). The contact is told by mail first; the reply comes once that mail was
/// handed over and the other services have resumed.
struct ConsentResume: Handler {
    static let type = "consent.resume"
    static let exchange = Exchange.requests
    static let takesNumbers = true

    private let reason: String

    static var permission: Permission? { .resume }

    init(reading data: Reader) throws(Refusal) { reason = try data.meaningfulText("reason") }

    func decide(_ state: inout ConsentContact, _ context: Context<ConsentContact>) throws(Refusal) -> [Effect] {
        let evidence = Evidence(note: reason, recordedBy: context.user?.text)
        return context.effects(of: try state.resume(context.environment.rules, by: context.act(evidence)))
    }
}
