import ConsentDomain
import Messaging
import Models
import Settings

/// `consent.record`: a user records a decision that a contact made elsewhere. If the consent has a field, the vault
/// carries out the decision before it is published (C1).
struct ConsentRecord: Handler {
    static let type = "consent.record"
    static let exchange = Exchange.requests

    private let consent: String
    private let choice: Decision.Choice
    private let channel: Channel
    private let note: String?
    private let reference: String?

    static let takesNumbers = true

    static var permission: Permission? { .recordConsent }

    init(reading data: Reader) throws(Refusal) {
        consent = try data.name("consent")
        choice = try data.choice("decision")
        channel = try data.choice("channel")
        let evidence = try data.object("evidence")
        note = try evidence.optionalMeaningfulText("note")
        reference = try evidence.optionalMeaningfulText("reference")
        guard note ?? reference != nil else { throw data.refusal("evidence", "must have note or reference") }
    }

    func decide(_ state: inout ConsentContact, _ context: Context<ConsentContact>) throws(Refusal) -> [Effect] {
        let declared = try context.environment.consent(consent)
        let evidence = Evidence(note: note, reference: reference, recordedBy: context.user?.text)
        let act = DecisionAct(
            channel: channel.rawValue,
            evidence: evidence.shown(declared, in: context.environment.settings.languages.first),
            request: context.kept, order: context.newID(), stamp: context.stamp, at: context.now)
        switch try state.decide(choice, on: declared, by: act) {
        case .done(let decision):
            let answer: JSON = ["index": .string(decision.index.description)]
            return [
                .fact(of: decision, on: consent),
                choice == .revoked ? .answerAfterLeases(answer) : .answer(answer),
            ] + context.tellOfChoices(&state)
        case .ordered(let order): return [.order(order, context.subject)] + context.tellOfChoices(&state)
        case .waits: return context.tellOfChoices(&state)
        }
    }

    /// Where the contact decided.
    private enum Channel: String, CaseIterable {
        case phone
        case paper
        case inPerson = "in-person"
        case email
        case `import`
    }
}

extension Effect {
    /// `consent.granted`, `consent.revoked`, or `consent.expired` of a revocation because the grant ran out (C7).
    static func fact(of decision: Decision, on consent: String) -> Effect {
        .fact(
            decision.channel == Decision.expired ? "consent.expired" : "consent.\(decision.choice.rawValue)",
            [
                "consent": .string(consent), "textVersion": .string(decision.textVersion),
                "channel": .string(decision.channel), "index": .string(decision.index.description),
            ])
    }
}
