import Messaging
import Models
import OptInDomain

/// `webform.submitted`: with the checkbox ticked, sets `single-opt-in-webform` and orders the double-opt-in mail;
/// without it, the status does not change (O2).
struct WebFormSubmitted: Handler {
    static let type = WebformSubmitted.type
    static let exchange = Exchange.contacts
    private let data: Reader
    private let named: NamedAddress

    init(reading data: Reader) throws(Refusal) {
        self.data = data
        named = NamedAddress(in: data)
    }

    func sharedKeys(_ environment: OptIn.Environment, for principal: Principal) -> [String] { named.keys(environment) }

    func decide(_ state: inout OptIn, _ context: Context<OptIn>) throws(Refusal) -> [Effect] {
        let environment = context.environment
        let form = try WebformSubmitted(reading: data, sensitive: environment.sensitiveFields)
        let lists = form.marketing ? environment.known(form.lists) : []
        let evidence = Change.Evidence(
            form: form.form, text: form.text, remoteAddress: form.remoteAddress, userAgent: form.userAgent)
        let consequences = try state.submit(
            OptIn.Form(isTicked: form.marketing, lists: lists, evidence: evidence),
            address: named.hashes(of: form.email, environment), cause: context.cause, context.occasion)
        return context.effects(of: consequences, on: state)
    }
}
