package import FoundationEssentials
package import Models

/// Grants that end within this time are listed in one mail.
private let renewalWindow = Duration.seconds(30 * 86_400)

/// The consequences of time for a contact's grants (C7), besides the new state.
package struct ExpiryStep: Sendable, Equatable {
    /// A grant that ran out.
    package struct Lapse: Sendable, Equatable {
        package let consent: String
        /// Whether the contact had been asked to renew it.
        package let wasAsked: Bool

        package init(consent: String, wasAsked: Bool) {
            self.consent = consent
            self.wasAsked = wasAsked
        }
    }

    /// Facts and orders.
    package internal(set) var step = PageStep()
    /// The id of the mail that asks the contact to renew.
    package internal(set) var mail: UUID?
    /// The grants that the mail lists; none: there is no mail.
    package internal(set) var items: [NoticeItem] = []
    /// Grants that ran out now.
    package internal(set) var lapses: [Lapse] = []

    package init() {}
}

/// Grants that run out (C7).
extension ConsentContact {
    /// When the grant of a consent ends or ended; nil: never, or it is not granted.
    package func end(of consent: DeclaredConsent) -> Timestamp? {
        guard let expiry = consent.expiry, let decision = decisions[consent.name], decision.choice == .granted else {
            return nil
        }
        return decision.decidedAt + expiry.validFor
    }

    /// Whether a grant is so near its end that the contact can renew it.
    package func isRenewable(_ consent: DeclaredConsent, at now: Timestamp) -> Bool {
        guard let expiry = consent.expiry, let end = end(of: consent) else { return false }
        return end - expiry.renewBefore <= now
    }

    /// When the value that is kept since the grant ran out is cleared; nil: none is kept.
    package func clearing(of consent: DeclaredConsent) -> Timestamp? {
        guard let expiry = consent.expiry, consent.field != nil, let decision = decisions[consent.name],
            decision.channel == Decision.expired, decision.followUp == nil
        else { return nil }
        return decision.decidedAt + expiry.clearAfter
    }

    /// Carries out all that is due: grants lapse, values are cleared, and the contact is asked to renew.
    ///
    /// Idempotent: what was done is noted with the decision, and a decision made meanwhile has other times.
    package mutating func followUp(_ rules: PageRules, by act: PageAct) throws(Refusal) -> ExpiryStep {
        var result = ExpiryStep()
        for consent in rules.consents {
            if let time = clearing(of: consent), time <= act.time { clear(consent, act, &result) }
            if let end = end(of: consent), end <= act.time { try lapse(consent, act, &result) }
        }
        ask(rules, act, &result)
        return result
    }

    /// The mail that asked to renew was not sent. Returns whether it was such a mail.
    package mutating func renewalFailed(_ mail: UUID) -> Bool {
        let asked = decisions.filter { $0.value.followUp == .asked(mail) }.keys
        for consent in asked { note(.unasked, on: consent) }
        return !asked.isEmpty
    }

    /// The suite revokes the grant. The decision names the text that had been granted.
    private mutating func lapse(
        _ consent: DeclaredConsent, _ act: PageAct, _ result: inout ExpiryStep
    ) throws(Refusal) {
        let granted = decisions[consent.name]
        var wasAsked = false
        if case .asked = granted?.followUp { wasAsked = true }
        let circumstances = DecisionAct(
            channel: Decision.expired, textVersion: granted?.textVersion, evidence: Evidence(), request: act.request,
            order: act.newID(), stamp: act.stamp, at: act.time)
        let decision = try record(.revoked, on: consent, by: circumstances)
        result.lapses.append(.init(consent: consent.name, wasAsked: wasAsked))
        guard let field = consent.field else {
            result.step.told.append(.decided(decision, on: consent.name))
            return
        }
        let order = FieldLockNote(consent: consent.name, decision: decision).order(
            circumstances.order, field, act.request)
        if let sent = orders.place(order, as: act.stamp) { result.step.orders.append(sent) }
    }

    /// Clears the value that was kept for a renewal. The revocation was published when the grant ran out.
    private mutating func clear(_ consent: DeclaredConsent, _ act: PageAct, _ result: inout ExpiryStep) {
        guard let field = consent.field else { return }
        note(.cleared, on: consent.name)
        let order = PlacedOrder(
            id: act.newID(), topic: field, type: FieldLockOrder.type,
            data: FieldLockOrder.data(field: field, isLocked: true, clears: true), note: [:], request: act.request)
        if let sent = orders.place(order, as: act.stamp) { result.step.orders.append(sent) }
    }

    /// Asks once about every grant that is due, and about the others that end soon. A grant that the contact cannot
    /// renew on the page is not asked about.
    private mutating func ask(_ rules: PageRules, _ act: PageAct, _ result: inout ExpiryStep) {
        let running = rules.consents.compactMap { consent in end(of: consent).map { (consent: consent, end: $0) } }
            .filter { decisions[$0.consent.name]?.followUp == nil }
        let due = Set(running.filter { isRenewable($0.consent, at: act.time) }.map(\.consent.name))
        guard !due.isEmpty else { return }
        let mail = act.newID()
        for (consent, end) in running where due.contains(consent.name) || end <= act.time + renewalWindow {
            guard consent.isEditable, sees(consent, rules) else {
                if due.contains(consent.name) { note(.unasked, on: consent.name) }
                continue
            }
            note(.asked(mail), on: consent.name)
            result.items.append(NoticeItem(consent.name, .runsOut(end)))
        }
        if !result.items.isEmpty { result.mail = mail }
    }

    private mutating func note(_ followUp: FollowUp, on consent: String) {
        decisions[consent]?.followUp = followUp
        unsaved.followUps.insert(consent)
    }
}

extension DecisionAct {
    /// The same as a revocation by the suite, because the grant ran out (C7).
    func expiring(_ granted: Decision?) -> DecisionAct {
        DecisionAct(
            channel: Decision.expired, textVersion: granted?.textVersion, evidence: evidence, request: request,
            order: order, stamp: stamp, at: time, note: note)
    }
}
