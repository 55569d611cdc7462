import Messaging
import Models
import OptInDomain

/// `webform.submitted`: the box ticked sets `single-opt-in-webform` and orders the double-opt-in mail; not ticked it
/// changes nothing (O2).
struct WebFormSubmitted: Handler {
    static let type = WebformSubmitted.type
    static let exchange = Exchange.contacts
    private let data: Reader

    init(reading data: Reader) throws(Refusal) { self.data = data }

    func sharedKeys(_ environment: OptIn.Environment) -> [String] { environment.addressKey(of: data) }

    func decide(_ state: inout OptIn, _ context: Context<OptIn>) throws(Refusal) -> [Effect] {
        let environment = context.environment
        let form = try WebformSubmitted(reading: data, sensitive: environment.sensitiveFields)
        if form.marketing { try environment.check(lists: form.lists, at: "/data/lists") }
        let evidence = Change.Evidence(
            form: form.form, text: form.text, remoteAddress: form.remoteAddress, userAgent: form.userAgent)
        let consequences = try state.submit(
            OptIn.Form(isTicked: form.marketing, lists: form.marketing ? form.lists : [], evidence: evidence),
            addressHash: try environment.hash(form.email), cause: context.cause, context.occasion)
        return context.effects(of: consequences, on: state)
    }
}
