import ConsentDomain
import FoundationEssentials
import Messaging
import Models

extension Context<ConsentContact> {
    /// Orders the mail that tells the contact of the page, or of consents on it, if there is something to tell (P3).
    /// Does nothing while another instance may have another configuration: a walk over all contacts makes up for it.
    func tell(_ state: inout ConsentContact) -> [Effect] {
        guard environment.telling?.isInForce == true else { return [] }
        return tell(&state, at: now)
    }

    /// The same after a change of a choice of the contact's, on which conditions may depend.
    func tellOfChoices(_ state: inout ConsentContact) -> [Effect] {
        environment.rules.readsChoices ? tell(&state) : []
    }

    func tell(_ state: inout ConsentContact, at time: Timestamp) -> [Effect] {
        state.tell(environment.rules, at: time, mail: newID()).map { [notice($0)] } ?? []
    }

    func notice(_ telling: Telling) -> Effect { notice(telling.kind, row: telling.mail, telling.items) }
}
