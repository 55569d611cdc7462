import ConsentDomain
import Messaging
import Models

/// `internal.field-lock-done`: the vault has carried out what follows from a decision, so that it can be told. A
/// revocation's reply waits for the leases of `consent.check` beside (X3).
struct FieldLockAnswered: Handler {
    static let type = FieldLockDone.type
    static let exchange = Exchange.internal
    static let sender: SuiteService? = .vault

    private let answer: FieldLockDone

    init(reading data: Reader) throws(Refusal) { answer = try FieldLockDone(reading: data) }

    func decide(_ state: inout ConsentContact, _ context: Context<ConsentContact>) throws(Refusal) -> [Effect] {
        guard let (settled, next) = state.settle(answer.order) else { return [] }
        let decision = settled.decision
        let told: [Effect] = [
            .fact(of: decision, on: settled.consent),
            .answerKept(
                settled.request, ["index": .string(decision.index.text)], afterLeases: decision.choice == .revoked),
        ]
        guard let next else { return told }
        return told + [.order(FieldLockOrder.type, subject: context.subject, next.json)]
    }
}
