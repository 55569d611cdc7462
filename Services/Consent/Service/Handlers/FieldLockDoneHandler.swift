import ConsentDomain
import Messaging
import Models

/// `internal.field-lock-done`: the vault reports the state in force after an order; the decision can now be published.
/// The reply to a revocation also waits until the leases of `consent.check` have expired (X3).
struct FieldLockDoneHandler: Handler {
    static let type = FieldLockDone.type
    static let exchange = Exchange.internal
    static let sender: SuiteService? = .vault

    private let answer: FieldLockDone

    init(reading data: Reader) throws(Refusal) { answer = try FieldLockDone(reading: data) }

    func decide(_ state: inout ConsentContact, _ context: Context<ConsentContact>) throws(Refusal) -> [Effect] {
        switch state.take(answer, since: context.peerEpochs[.vault] ?? 0, as: context.stamp) {
        case .none: return []
        case .settled(let order, let next):
            return Self.told(order) + [next].compactMap { $0 }.map { .order($0, context.subject) }
        case .send(let order): return [.order(order, context.subject)]
        case .orderAgain:
            let consent = context.environment.consent(of: answer.field)
            let act = DecisionAct(recoveredBy: context)
            return [state.orderAgain(answer.field, on: consent, by: act)].compactMap { $0 }
                .map { .order($0, context.subject) }
        case .beginEpoch: return [.beginEpoch]
        }
    }

    private static func told(_ order: PlacedOrder) -> [Effect] {
        guard let note = FieldLockNote(order) else { return [] }
        let decision = note.decision
        return [
            .fact(of: decision, on: note.consent),
            .answerKept(
                order.request, ["index": .string(decision.index.description)], afterLeases: decision.choice == .revoked),
        ]
    }
}

extension Effect {
    /// The message that sends an order about a contact to the vault.
    static func order(_ order: PlacedOrder, _ contact: String) -> Effect {
        .order(order.type, subject: contact, order.message)
    }
}

extension DecisionAct {
    /// A decision that is restored after this service's database lost it (X5).
    init(recoveredBy context: Context<ConsentContact>) {
        self.init(
            channel: "recovered", evidence: Evidence(note: nil, reference: nil, recordedBy: nil), request: context.kept,
            order: context.newID(), stamp: context.stamp, at: context.now)
    }
}
