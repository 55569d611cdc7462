/// The action of a workflow that orders a mail (C6). Who gets it and under which template is read in the configuration
/// when the mail is written: no order and no row carries an address.
package struct WorkflowMail: Sendable, Hashable {
    /// The rule's name.
    package let workflow: String
    /// The place of the action among the rule's actions, from 0.
    package let action: Int
    /// Whether the mail goes to the contact; otherwise to an address of the configuration.
    package let isToContact: Bool

    package init(workflow: String, action: Int, isToContact: Bool) {
        self.workflow = workflow
        self.action = action
        self.isToContact = isToContact
    }

    /// From the members of an order or a row.
    package init(reading reader: Reader) throws(Refusal) {
        workflow = try reader.name("workflow")
        action = Int(try reader.integer("action", in: 0...Int64(Int16.max)))
        isToContact = try reader.bool("toContact")
    }

    /// As members.
    package var json: JSON {
        ["workflow": .string(workflow), "action": .number("\(action)"), "toContact": .bool(isToContact)]
    }
}
