import ConsentDomain
import FoundationEssentials
import Logging
import Messaging
import Metrics
import Models

private let log = Logger(label: "grants that run out")

/// `internal.consent-due`: grants of the contact run out soon, or ran out (C7).
struct ConsentDueHandler: Handler {
    static let type = ConsentDueNotice.type
    static let exchange = Exchange.internal
    static let sender: SuiteService? = .consent
    static let takesNumbers = true

    private let notice: ConsentDueNotice

    init(reading data: Reader) throws(Refusal) { notice = try ConsentDueNotice(reading: data) }

    func decide(_ state: inout ConsentContact, _ context: Context<ConsentContact>) throws(Refusal) -> [Effect] {
        // The database's clock found it due, and this process's clock may be behind.
        let act = PageAct(
            evidence: Evidence(), request: context.kept, stamp: context.stamp, at: max(context.now, notice.dueAt),
            newID: { context.newID() })
        let result = try state.followUp(context.environment.rules, by: act)
        for lapse in result.lapses { tell(lapse, context) }
        return context.effects(of: result) + context.tellOfChoices(&state)
    }

    /// Grants that ran out although the contact could not be asked to renew them are listed for the operator.
    private func tell(_ lapse: ExpiryStep.Lapse, _ context: Context<ConsentContact>) {
        Counter(
            label: "assent_grants_lapsed_total", dimensions: [("asked", lapse.wasAsked ? "yes" : "no")]
        ).increment()
        guard !lapse.wasAsked else { return }
        log.warning(
            "a grant ran out, and the contact could not be asked to renew it",
            metadata: ["contact": "\(context.subject)", "consent": "\(lapse.consent)"])
    }
}
