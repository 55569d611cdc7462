package import FoundationEssentials
package import Models

/// The circumstances of a decision: channel, evidence, request and time.
package struct DecisionAct: Sendable {
    let channel: String
    let textVersion: String?
    let evidence: Evidence
    let request: KeptRequest
    let order: UUID
    let stamp: OrderBook.Stamp
    let time: Timestamp
    /// Members that an order's note gets besides the decision.
    let note: [JSON.Member]

    /// `order` is a new id and `stamp` its number; they are used only if the vault has to carry out the decision.
    /// `textVersion` is the version that the contact was shown; nil: the current one (C0).
    package init(
        channel: String, textVersion: String? = nil, evidence: Evidence, request: KeptRequest, order: UUID,
        stamp: OrderBook.Stamp, at time: Timestamp, note: [JSON.Member] = []
    ) {
        self.channel = channel
        self.textVersion = textVersion
        self.evidence = evidence
        self.request = request
        self.order = order
        self.stamp = stamp
        self.time = time
        self.note = note
    }
}

/// The next step after a decision was recorded.
package enum DecisionStep: Sendable, Equatable {
    /// The decision can be published.
    case done(Decision)
    /// The decision can be published when the vault has carried out this order.
    case ordered(PlacedOrder)
    /// The order is queued behind an earlier order about the same field.
    case waits
}

extension ConsentContact {
    /// Records a decision, which takes effect at once.
    ///
    /// ### Legal transitions
    /// - none → granted, revoked
    /// - granted ↔ revoked
    /// - granted → granted, revoked → revoked: a decision of its own, about another text or with other evidence
    package mutating func decide(
        _ choice: Decision.Choice, on consent: DeclaredConsent, by act: DecisionAct
    ) throws(Refusal) -> DecisionStep {
        guard exists else { throw ConsentContact.neverCreated }
        try orders.requireRoom()
        let decision = try record(choice, on: consent, by: act)
        guard let field = consent.field else { return .done(decision) }
        let order = FieldLockNote(consent: consent.name, decision: decision).order(
            act.order, field, act.request, and: act.note)
        return orders.place(order, as: act.stamp).map { .ordered($0) } ?? .waits
    }

    /// Handles the vault's report of an order that this database has lost (X5). If the vault locked the field, the
    /// contact's revocation is recorded and replaces all queued orders; otherwise the recorded decision is ordered
    /// again. Returns the requests that no longer wait, and the order to send.
    package mutating func recall(
        _ inForce: OrderInForce, of field: String, on consent: DeclaredConsent?, by act: DecisionAct
    ) throws(Refusal) -> (answered: [PlacedOrder], order: PlacedOrder?) {
        guard orders.recall(inForce, on: field) else { return ([], nil) }
        if field == FieldLockOrder.wholeRecord { return ([], recallStop(inForce, by: act)) }
        if field.contains(".") {
            recallElsewhere(inForce, of: field, at: act.time)
            return ([], nil)
        }
        guard inForce.state == FieldLockDone.locked, let consent else {
            return ([], orderFieldAgain(field, on: consent, by: act))
        }
        let answered = orders.cancel(field)
        exists = true
        // The lost revocation may have been the suite's own: the grant has run out (C7).
        let hasEnded = end(of: consent).map { $0 <= act.time } ?? false
        let decision = try record(.revoked, on: consent, by: hasEnded ? act.expiring(decisions[consent.name]) : act)
        let order = FieldLockNote(consent: consent.name, decision: decision).order(act.order, field, act.request)
        return (answered, orders.place(order, as: act.stamp))
    }

    /// Takes over a stop and a requested erasure, which opt-in and the erasure service remember; statuses and lists
    /// come back by opt-in's facts.
    private mutating func recallElsewhere(_ inForce: OrderInForce, of topic: String, at now: Timestamp) {
        if RightsKind(topic: topic) == .erasure, erasure.value == .none {
            exists = true
            erasure.hear(.requested, sequence: erasure.sequence + 1)
        }
        if EmailOrder.Choice(topic: topic, state: inForce.state) == .stop(true), processing == .active {
            exists = true
            processing = .stopped
            processingSince = now
        }
    }

    /// The vault locked the record by an order that this database lost: the stop is taken over.
    private mutating func recallStop(_ inForce: OrderInForce, by act: DecisionAct) -> PlacedOrder? {
        if inForce.state == FieldLockDone.locked, processing == .active {
            exists = true
            processing = .stopped
            processingSince = act.time
        }
        return orderRecordAgain(by: act)
    }

    /// Sends what is in force about a topic once more, without publishing it again: its receiver lost it.
    package mutating func orderAgain(
        _ topic: String, on consent: DeclaredConsent?, by act: DecisionAct
    ) -> PlacedOrder? {
        if topic == FieldLockOrder.wholeRecord { return orderRecordAgain(by: act) }
        if let kind = RightsKind(topic: topic) {
            return again(topic, RightsRequestOrder.type, RightsRequestOrder.data(kind, channel: "page"), act)
        }
        let state = orders.heard[topic]?.inForce.state ?? ""
        if let choice = EmailOrder.Choice(topic: topic, state: state) {
            if case .stop = choice {
                return again(topic, EmailOrder.type, EmailOrder.data(.stop(processing == .stopped)), act)
            }
            // A lost permission is not given again.
            guard state == "left" || state == "out" else { return nil }
            return again(topic, EmailOrder.type, EmailOrder.data(choice), act)
        }
        return orderFieldAgain(topic, on: consent, by: act)
    }

    private mutating func orderRecordAgain(by act: DecisionAct) -> PlacedOrder? {
        let topic = FieldLockOrder.wholeRecord
        let data = FieldLockOrder.data(field: topic, isLocked: processing == .stopped, clears: false)
        return again(topic, FieldLockOrder.type, data, act)
    }

    private mutating func orderFieldAgain(
        _ field: String, on consent: DeclaredConsent?, by act: DecisionAct
    ) -> PlacedOrder? {
        let decision = consent.flatMap { decisions[$0.name] }
        let isGranted = consent.map { self.isGranted($0, at: act.time) } ?? false
        let keepsValue = decision?.channel == Decision.expired && decision?.followUp == nil
        let data = FieldLockOrder.data(
            field: field, isLocked: !isGranted, clears: decision?.choice == .revoked && !keepsValue)
        return again(field, FieldLockOrder.type, data, act)
    }

    private mutating func again(
        _ topic: String, _ type: String, _ data: JSON, _ act: DecisionAct
    ) -> PlacedOrder? {
        guard !orders.waiting.contains(where: { $0.topic == topic }) else { return nil }
        let order = PlacedOrder(
            id: act.order, topic: topic, type: type, data: data, note: [:], request: act.request)
        return orders.place(order, as: act.stamp)
    }

    /// Adds a repeated request to those that wait for the vault: it is answered when the vault has answered the order.
    package mutating func hearAgain(_ repetition: KeptRequest) {
        orders.hearAgain(repetition)
        for place in submissions.indices where submissions[place].request?.id == repetition.id {
            _ = submissions[place].request?.add(repetition)
        }
    }

    /// The entry of the contact's last decision; nil: there is none yet.
    package func newestDecision() throws(Refusal) -> LedgerIndex? {
        guard exists else { throw ConsentContact.neverCreated }
        return decisions.values.map(\.index).max { $0.number < $1.number }
    }

    mutating func record(
        _ choice: Decision.Choice, on consent: DeclaredConsent, by act: DecisionAct
    ) throws(Refusal) -> Decision {
        guard let index = numbering?.take() else { throw Refusal(.failed, "no number was at hand") }
        let decision = Decision(
            choice: choice, textVersion: act.textVersion ?? consent.version, channel: act.channel,
            decidedAt: act.time, index: index)
        decisions[consent.name] = decision
        unsaved.records.append(.init(consent: consent.name, decision: decision, evidence: act.evidence))
        return decision
    }
}
