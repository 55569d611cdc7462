import ConsentDomain
import Cryptography
import FoundationEssentials
import Messaging
import Models
import Settings

/// `internal.email-order-done`: opt-in reports the state in force after an order about e-mail.
struct EmailOrderDoneHandler: Handler {
    static let type = EmailOrderDone.type
    static let exchange = Exchange.internal
    static let sender: SuiteService? = .optin

    private let answer: EmailOrderDone

    init(reading data: Reader) throws(Refusal) { answer = try EmailOrderDone(reading: data) }

    func decide(_ state: inout ConsentContact, _ context: Context<ConsentContact>) throws(Refusal) -> [Effect] {
        context.take(answer.answer, on: answer.topic, from: .optin, &state)
    }
}
