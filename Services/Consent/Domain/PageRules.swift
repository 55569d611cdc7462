package import Models

/// Maximum confirmation mails for one contact in a day. Anyone with a page link can cause such mails.
private let mostMailsADay = 20

/// The configuration of the contacts' page that decisions depend on (P2).
package struct PageRules: Sendable {
    /// The contacts that have the page; nil: every contact.
    package let audience: Condition?
    /// The contacts that are told of the page; nil: all that have it (P3).
    package let notify: Condition?
    /// Names what of the configuration decides who is told of what; nil: nobody is told.
    package let configuration: String?
    /// In the order of the page.
    package let consents: [DeclaredConsent]
    /// Names of the lists.
    package let lists: Set<String>
    /// The buttons that the page has, beside those that every page has.
    package let buttons: Set<PageChange>
    /// Whether withdrawals count at once, and are undone by a mailed link (P6a).
    package let withdrawsAtOnce: Bool
    /// How long a confirmation link works.
    package let linkLife: Duration

    package init(
        audience: Condition?, consents: [DeclaredConsent], lists: Set<String> = [],
        buttons: Set<PageChange> = [.stop, .access, .erase], withdrawsAtOnce: Bool = false,
        linkLife: Duration = .seconds(7 * 86_400), notify: Condition? = nil, configuration: String? = nil
    ) {
        self.audience = audience
        self.consents = consents
        self.notify = notify
        self.configuration = configuration
        self.lists = lists
        self.buttons = buttons
        self.withdrawsAtOnce = withdrawsAtOnce
        self.linkLife = linkLife
    }

    /// The declared consent of this name.
    package func consent(_ name: String) -> DeclaredConsent? { consents.first { $0.name == name } }
}

extension ConsentContact {
    /// Whether the contact has the page; others see the e-mail choices alone (P5).
    package func hasPage(_ rules: PageRules) -> Bool { exists && (rules.audience?.matches(facts) ?? true) }

    /// Whether the page shows a consent to the contact.
    package func sees(_ consent: DeclaredConsent, _ rules: PageRules) -> Bool {
        hasPage(rules) && (consent.shown?.matches(facts) ?? true)
    }

    /// Whether the page offers a change to the contact, and the change would change something.
    package func mayAsk(for wanted: PageForm.Wanted, _ rules: PageRules, at now: Timestamp) -> Bool {
        switch wanted.change {
        case .consent(let name, let isGranted):
            guard let consent = rules.consent(name), consent.isEditable, sees(consent, rules) else { return false }
            let decision = decisions[name]
            // The contact can make a revocation by the suite their own, so that a kept value is cleared at once (C7).
            guard isGranted else { return decision?.choice != .revoked || decision?.isContactsOwn == false }
            let isSame = decision.map { $0.choice == .granted && $0.textVersion == consent.version }
            return wanted.version == consent.version && (isSame != true || isRenewable(consent, at: now))
        // Opt-in decides whether a list or a status changes; the page shows what opt-in says.
        case .list(let name, let isSubscribed): return !isSubscribed || rules.lists.contains(name)
        case .marketing, .endLinks: return true
        case .stop: return processing == .active && rules.buttons.contains(.stop) && hasPage(rules)
        case .resume: return processing == .stopped
        case .erase: return erasure.value == .none && rules.buttons.contains(.erase) && hasPage(rules)
        case .access: return accessDueAt == nil && rules.buttons.contains(.access) && hasPage(rules)
        }
    }

    /// Whether another mail may go to the contact (P6).
    func mayMail(at now: Timestamp) -> Bool {
        submissions.filter { now - $0.mailedAt < .seconds(86_400) }.reduce(0) { $0 + $1.mails } < mostMailsADay
    }
}
