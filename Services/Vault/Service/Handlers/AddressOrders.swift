import FoundationEssentials
import Messaging
import Models
import VaultDomain

extension Fields {
    /// Applies an edit or refuses it. In both cases, if the message names an address, opt-in is told the contact's
    /// current address (O12).
    mutating func decide(
        _ data: Reader, _ context: Context<Fields>, edit: (inout Fields) throws(Refusal) -> Void
    ) -> [Effect] {
        var edited = self
        var refusal: Refusal?
        do throws(Refusal) {
            try edit(&edited)
            self = edited
        } catch {
            refusal = error
        }
        var effects: [Effect] = []
        if data.optional("email") != nil {
            let event = context.message.event
            let decision = AddressNotice(address: address, causeID: event.id, causeSource: event.source)
            effects.append(.order(AddressNotice.type, subject: context.subject, decision.json))
        }
        if let refusal { effects.append(.refuse(refusal)) }
        return effects
    }
}
