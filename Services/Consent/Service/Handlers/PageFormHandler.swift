import ConsentDomain
import Cryptography
import FoundationEssentials
import Messaging
import Models
import Settings

/// `internal.page-form`: a button of the contact's page was pressed (P6).
struct PageFormHandler: Handler {
    static let type = PageForm.type
    static let exchange = Exchange.internal
    static let sender: SuiteService? = .consent
    static let takesNumbers = true

    private let form: PageForm

    init(reading data: Reader) throws(Refusal) { form = try PageForm(reading: data) }

    func decide(_ state: inout ConsentContact, _ context: Context<ConsentContact>) throws(Refusal) -> [Effect] {
        let evidence = Evidence(
            remoteAddress: form.evidence.remoteAddress, userAgent: form.evidence.userAgent, language: form.language)
        let (outcome, step) = try state.submit(form, context.environment.rules, by: context.act(evidence))
        var effects = context.effects(of: step)
        if form.action == .newLink, outcome == .mailed { effects.append(context.mail(.pageLink, row: form.id, [])) }
        if !step.isWaiting {
            effects.append(step.withdraws ? .answerAfterLeases(outcome.json) : .answer(outcome.json))
        }
        return effects
    }
}
