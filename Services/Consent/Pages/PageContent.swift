package import ConsentDomain
package import Models

/// What the contact's page shows of one contact (P1): choices and dates only, no name, address or stored value.
package struct PageContent: Sendable {
    let contact: ConsentContact
    let rules: PageRules
    /// Nil: opt-in could not be asked.
    let email: EmailChoices?
    let now: Timestamp

    package init(contact: ConsentContact, rules: PageRules, email: EmailChoices?, now: Timestamp) {
        self.contact = contact
        self.rules = rules
        self.email = email
        self.now = now
    }

    /// Whether the contact sees more than the e-mail choices (P5).
    var isFull: Bool { contact.hasPage(rules) }

    /// The values of the controls as the page shows them.
    package var shown: ShownControls {
        var shown = ShownControls()
        if let email {
            shown.set("marketing", email.marketing)
            for list in rules.lists { shown.set("list.\(list)", email.lists.contains(list) ? "on" : "off") }
        }
        for consent in rules.consents where consent.isEditable && contact.sees(consent, rules) {
            guard let decision = contact.decisions[consent.name], decision.isContactsOwn else { continue }
            shown.set("consent.\(consent.name)", decision.choice.rawValue)
        }
        return shown
    }
}

extension Decision {
    /// Whether the contact made it, rather than the suite.
    var isContactsOwn: Bool { channel != "expired" && channel != "recovered" }
}

extension EmailChoices {
    /// The value of the radio buttons `marketing`; nil: neither is pressed.
    ///
    /// After a form whose link was not used, neither is, so that the contact can choose `in` anew.
    package var marketing: String? {
        switch status {
        case "double-opt-in", "single-opt-in-user": "in"
        case "single-opt-in-webform": isConfirmationPending ? "in" : nil
        case "opt-out-user", "opt-out-contact": isConfirmationPending ? "in" : "out"
        default: isConfirmationPending ? "in" : nil
        }
    }
}
