import ConsentDomain
import Messaging
import Models

/// `internal.field-lock-done`: the vault reports the state in force after an order; the decision can now be published.
struct FieldLockDoneHandler: Handler {
    static let type = FieldLockDone.type
    static let exchange = Exchange.internal
    static let sender: SuiteService? = .vault

    private let answer: FieldLockDone

    init(reading data: Reader) throws(Refusal) { answer = try FieldLockDone(reading: data) }

    func decide(_ state: inout ConsentContact, _ context: Context<ConsentContact>) throws(Refusal) -> [Effect] {
        context.take(answer.answer, on: answer.field, from: .vault, &state)
    }
}
