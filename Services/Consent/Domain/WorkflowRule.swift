package import FoundationEssentials
package import Models

/// An automatic rule of the configuration (C6).
package struct WorkflowRule: Sendable, Equatable {
    /// An action of a rule.
    package enum Action: Sendable, Equatable {
        case mailContact
        /// A mail to an address of the configuration.
        case mailOther
        /// A message to a queue, with these attributes and fields of the contact.
        case publish(queue: String, type: String, fields: [String])

        /// Whether it uses the contact's data; a stop and an erasure hold back such actions (C4, E5).
        var usesData: Bool {
            switch self {
            case .mailContact, .mailOther: true
            case .publish(_, _, let fields): !fields.isEmpty
            }
        }
    }

    /// The fact that triggers a rule.
    package struct Trigger: Sendable, Equatable {
        package let type: String
        /// The fact's id.
        package let id: UUID
        /// The consent that the fact is about.
        package let consent: String?
        /// The list that the fact is about.
        package let list: String?

        package init(type: String, id: UUID, consent: String? = nil, list: String? = nil) {
            self.type = type
            self.id = id
            self.consent = consent
            self.list = list
        }
    }

    package let name: String
    /// The type of the fact that triggers it.
    package let trigger: String
    /// Nil: every such fact triggers it.
    package let condition: Condition?
    /// In order.
    package let actions: [Action]

    package init(name: String, trigger: String, condition: Condition?, actions: [Action]) {
        self.name = name
        self.trigger = trigger
        self.condition = condition
        self.actions = actions
    }

    /// Whether the fact can trigger the rule. A rule whose condition names consents reacts to facts about these alone:
    /// another consent's grant must not repeat the actions. Likewise for lists.
    func reacts(to trigger: Trigger) -> Bool {
        guard trigger.type == self.trigger else { return false }
        let (consents, lists) = (condition?.consents ?? [], condition?.lists ?? [])
        if trigger.type.hasPrefix("consent."), !consents.isEmpty {
            return trigger.consent.map(consents.contains) ?? false
        }
        if trigger.type.hasPrefix("list."), !lists.isEmpty { return trigger.list.map(lists.contains) ?? false }
        return true
    }
}

/// One action of one rule, triggered by one fact: it is carried out once (C6).
package struct Firing: Sendable, Equatable {
    /// Also the id of the mail, or of the message to the queue.
    package let id: UUID
    package let workflow: String
    /// The place among the rule's actions, from 0.
    package let action: Int
    package let kind: WorkflowRule.Action
    package let trigger: WorkflowRule.Trigger

    package init(id: UUID, workflow: String, action: Int, kind: WorkflowRule.Action, trigger: WorkflowRule.Trigger) {
        self.id = id
        self.workflow = workflow
        self.action = action
        self.kind = kind
        self.trigger = trigger
    }
}

/// Why an action is not carried out.
package enum FiringRefusal: String, Sendable, CaseIterable {
    /// The configuration no longer has the rule or the action.
    case superseded
    /// The contact has stopped the use of the data (C4).
    case stopped
    /// The contact was erased (E5).
    case erased
    /// The rule's condition does not hold, or the consent whose grant triggered it is no longer granted.
    case condition
}

extension ConsentContact {
    /// The actions that a fact triggers. They are saved with the contact.
    package mutating func fire(
        _ rules: [WorkflowRule], on trigger: WorkflowRule.Trigger, makeID: (WorkflowRule, Int) -> UUID
    ) -> [Firing] {
        var firings: [Firing] = []
        for rule in rules where rule.reacts(to: trigger) {
            for (place, action) in rule.actions.enumerated() {
                guard refusal(of: rule, place, about: trigger.consent, triggeredBy: trigger.type) == nil else {
                    continue
                }
                firings.append(
                    Firing(
                        id: makeID(rule, place), workflow: rule.name, action: place, kind: action, trigger: trigger))
            }
        }
        unsaved.firings += firings
        return firings
    }

    /// Why an action must not be carried out now; nil if it may. Asked when the rule fires, and again when the mail is
    /// handed over or the message is published (C6).
    package func refusal(
        of rule: WorkflowRule, _ action: Int, about consent: String?, triggeredBy type: String
    ) -> FiringRefusal? {
        guard rule.actions.indices.contains(action) else { return .superseded }
        if rule.actions[action].usesData {
            if erasure.value == .completed { return .erased }
            if processing == .stopped { return .stopped }
        }
        guard rule.condition?.matches(facts) ?? true else { return .condition }
        if type == "consent.granted", let consent, decisions[consent]?.choice != .granted { return .condition }
        return nil
    }
}
