package import ConsentDomain
import FoundationEssentials
package import Messaging
import Models
import Settings

/// Rules are evaluated on every accepted message: on the facts that its decision publishes, and on the fact that it is
/// itself (C6). What a rule orders is committed with the decision, so that each fact triggers it once.
extension ConsentContact {
    package mutating func conclude(_ effects: [Effect], _ context: Context<ConsentContact>) -> [Effect] {
        let rules = context.environment.workflows
        guard !rules.isEmpty else { return effects }
        var concluded: [Effect] = []
        for effect in effects {
            guard case .fact(let type, let data) = effect, rules.contains(where: { $0.trigger == type }) else {
                concluded.append(effect)
                continue
            }
            let id = context.newID()
            concluded.append(.identifiedFact(id: id, type, data))
            concluded += fire(WorkflowRule.Trigger(type, id, data), context)
        }
        // Types of requests and types of facts differ, and only the suite publishes facts.
        let event = context.message.event
        return concluded + fire(WorkflowRule.Trigger(event.type, event.id, event.data), context)
    }

    private mutating func fire(
        _ trigger: WorkflowRule.Trigger, _ context: Context<ConsentContact>
    ) -> [Effect] {
        let firings = fire(context.environment.workflows, on: trigger) { rule, action in
            derivedID("workflow", rule.name, trigger.id.text, String(action))
        }
        var effects: [Effect] = []
        for (place, firing) in firings.enumerated() {
            switch firing.kind {
            case .mailContact: effects.append(.mail(firing, isToContact: true, context.subject))
            case .mailOther: effects.append(.mail(firing, isToContact: false, context.subject))
            // `WorkflowPublisher` takes it from its row: it carries the contact's data.
            case .publish: break
            }
            // One fact for a rule, after its last action.
            guard place + 1 == firings.count || firings[place + 1].workflow != firing.workflow else { continue }
            let cause: JSON = ["type": .string(trigger.type), "id": .string(trigger.id.text)]
            effects.append(.fact("workflow.fired", ["workflow": .string(firing.workflow), "trigger": cause]))
        }
        return effects
    }
}

extension Effect {
    fileprivate static func mail(_ firing: Firing, isToContact: Bool, _ contact: String) -> Effect {
        let mail = WorkflowMail(workflow: firing.workflow, action: firing.action, isToContact: isToContact)
        let order = MailOrder(mail: firing.id, kind: .workflow(mail), addressHash: nil)
        return .order(MailOrder.type, subject: contact, order.json)
    }
}

extension WorkflowRule.Trigger {
    /// A fact as a trigger, with the consent or the list that it is about.
    fileprivate init(_ type: String, _ id: UUID, _ data: JSON) {
        var consent = data["consent"]?.text
        if type == "consent.pending", case .consent(let name, _)? = PageChange(pending: data) { consent = name }
        self.init(type: type, id: id, consent: consent, list: data["list"]?.text)
    }
}

extension PageChange {
    fileprivate init?(pending data: JSON) {
        guard let name = data["name"]?.text, let value = data["value"]?.text else { return nil }
        self.init(name: name, value: value)
    }
}

extension WorkflowRule {
    /// A rule of the configuration.
    init(_ workflow: Settings.Workflow) {
        self.init(
            name: workflow.name, trigger: workflow.trigger, condition: workflow.condition,
            actions: workflow.actions.map { action in
                switch action {
                case .mail(to: .contact, template: _): .mailContact
                case .mail(to: .address, template: _): .mailOther
                case .publish(let queue, let type, let fields): .publish(queue: queue, type: type, fields: fields)
                }
            })
    }
}
