import FoundationEssentials
package import Models

extension OptIn {
    /// The order in force about a topic, which every order is answered with (X5).
    package func inForce(_ topic: String) -> OrderInForce { inForce[topic] ?? .none(state: "none") }

    /// `internal.email-order`: what the contact decided on the page and confirmed (P6), or a stop or its end (C4). Only
    /// an order that directly follows the one in force counts. An order that comes again under a newer number has been
    /// carried out: what the contact decided since then holds.
    ///
    /// An order may come before the message that creates the contact.
    ///
    /// - Parameters:
    ///   - known: the lists of the configuration. A list that it no longer knows can be left, not subscribed to.
    ///   - epoch: the newest epoch heard from the consent service.
    package mutating func take(
        _ order: EmailOrder, known: Set<String>, since epoch: Int64, _ occasion: Occasion
    ) -> [Consequence] {
        let (topic, head) = (order.choice.topic, order.head)
        let last = inForce(topic)
        guard last.isFollowed(by: head, since: epoch) else { return [] }
        comesIntoForce(OrderInForce(order: head.order, sequence: head.sequence, state: order.choice.state), on: topic)
        guard last.order != head.order else { return [] }
        let evidence = Change.Evidence(
            text: order.text, remoteAddress: order.evidence.remoteAddress, userAgent: order.evidence.userAgent,
            isSuspect: order.isSuspect)
        switch order.choice {
        case .list(let name, true): return known.contains(name) ? subscribe([name]) : []
        case .list(let name, false): return take(off: name)
        case .marketing(true): return askForOptIn(occasion)
        case .marketing(false): return optOutOnce(.page, evidence, occasion)
        case .stop(true):
            isStopped = true
            return optOutOnce(.stopProcessing, evidence, occasion)
        case .stop(false):
            resume(at: occasion.now)
            return []
        }
    }

    /// Restores an order that this database lost and the consent service remembers, if it permits less, or ends a stop:
    /// otherwise the contact would stay stopped here alone (X5). A lost subscription, or a lost request for mails, is
    /// not restored.
    package mutating func recall(
        _ recalled: OrderInForce, of choice: EmailOrder.Choice, at now: Timestamp
    ) -> [Consequence] {
        let last = inForce(choice.topic)
        guard choice.isRecalled, last.isOlder(than: recalled) else { return [] }
        comesIntoForce(recalled, on: choice.topic)
        guard last.order != recalled.order else { return [] }
        switch choice {
        case .list(_, true), .marketing(true): return []
        case .list(let name, false): return take(off: name)
        case .marketing(false): return recover(.optOutContact, at: now)
        case .stop(true):
            isStopped = true
            endAsking()
            return recover(.optOutContact, at: now)
        case .stop(false):
            resume(at: now)
            return []
        }
    }

    /// A stopped contact's record is locked: no user and no publisher changes it (C4).
    package func requireNotStopped() throws(Refusal) {
        guard !isStopped else { throw Refusal(.locked, "the contact has stopped the use of their data") }
    }

    /// The contact asks for mails on the page. Only the confirmation of the double-opt-in mail changes the status, even
    /// after an opt-out (O7); the limit of mails holds (O4). A stopped contact has to resume first (C4).
    private mutating func askForOptIn(_ occasion: Occasion) -> [Consequence] {
        guard !isStopped, status != .doubleOptIn else { return [] }
        return askForConfirmation(lists: [], occasion)
    }

    /// The stop is lifted; the opt-out stays. The double-opt-in mail of a form that came while the contact was stopped
    /// is now due (O7).
    private mutating func resume(at now: Timestamp) {
        guard isStopped else { return }
        isStopped = false
        if heldOptOut != nil { mailDueAt = now }
    }

    private mutating func comesIntoForce(_ order: OrderInForce, on topic: String) {
        inForce[topic] = order
        newInForce.insert(topic)
    }
}

extension EmailOrder.Choice {
    /// Whether a lost order of this kind is restored.
    fileprivate var isRecalled: Bool {
        switch self {
        case .list(_, let isSubscribed): !isSubscribed
        case .marketing(let isIn): !isIn
        case .stop: true
        }
    }
}
