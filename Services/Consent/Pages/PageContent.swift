package import ConsentDomain
package import Models
package import Settings

/// What the contact's page shows of one contact (P1): choices and dates only, no name, address or stored value.
package struct PageContent: Sendable {
    let contact: ConsentContact
    let rules: PageRules
    let policy: Settings.Policy
    /// Nil: opt-in could not be asked.
    let email: EmailChoices?
    let now: Timestamp

    package init(
        contact: ConsentContact, rules: PageRules, policy: Settings.Policy, email: EmailChoices?, now: Timestamp
    ) {
        self.contact = contact
        self.rules = rules
        self.policy = policy
        self.email = email
        self.now = now
    }

    /// Whether the contact sees more than the e-mail choices (P5).
    var isFull: Bool { contact.hasPage(rules) }

    /// The values of the controls as the page shows them.
    package var shown: ShownControls {
        var shown = ShownControls()
        if let email {
            shown.set("marketing", marketing)
            for list in rules.lists { shown.set("list.\(list)", email.lists.contains(list) ? "on" : "off") }
        }
        for consent in rules.consents where consent.isEditable && contact.sees(consent, rules) {
            shown.set("consent.\(consent.name)", choice(consent)?.rawValue)
        }
        return shown
    }
}

extension PageContent {
    /// The pressed radio button of a consent. Nil: neither, as long as the contact has not chosen, and while a grant
    /// can be renewed, so that the contact can choose it anew (C7).
    func choice(_ consent: DeclaredConsent) -> Decision.Choice? {
        guard let decision = contact.decisions[consent.name], decision.isContactsOwn,
            !contact.isRenewable(consent, at: now)
        else { return nil }
        return decision.choice
    }

    /// The value of the radio buttons `marketing`; nil: neither is pressed, so that the contact can choose `in` anew
    /// after a form whose link was not used.
    var marketing: String? {
        guard let email else { return nil }
        if email.isConfirmationPending || policy.accepts(email.status) { return "in" }
        return email.status.hasPrefix("opt-out-") ? "out" : nil
    }
}

extension Settings.Policy {
    /// Whether campaigns may go to a contact of this status (O8).
    func accepts(_ status: String) -> Bool {
        switch (status, self) {
        case ("double-opt-in", _), ("single-opt-in-user", .doubleOrUser), ("single-opt-in-user", .any),
            ("single-opt-in-webform", .any):
            true
        default: false
        }
    }
}
