import ConsentDomain
import FoundationEssentials
import Messaging
import Models

extension Context<ConsentContact> {
    /// Takes a service's answer to an order. Once the order is in force, the change is published, and the request is
    /// answered unless it waits for another order. The reply to a withdrawal also waits until the leases have expired
    /// (X3).
    func take(
        _ answer: OrderAnswer, on topic: String, from service: SuiteService, _ state: inout ConsentContact
    ) -> [Effect] {
        switch state.take(answer, on: topic, since: peerEpochs[service] ?? 0, as: stamp) {
        case .none: return []
        case .settled(let order, let next):
            return effects(of: state.settlement(of: order), order.request)
                + [next].compactMap { $0 }.map { .order($0, subject) }
        case .send(let order): return [.order(order, subject)]
        case .orderAgain:
            let consent = environment.consent(of: topic)
            return [state.orderAgain(topic, on: consent, by: DecisionAct(recoveredBy: self))].compactMap { $0 }
                .map { .order($0, subject) }
        case .beginEpoch: return [.beginEpoch]
        }
    }

    private func effects(of settlement: Settlement, _ request: KeptRequest) -> [Effect] {
        var effects = [settlement.told].compactMap { $0 }.map(Effect.told)
        if let answer = settlement.answer {
            effects.append(.answerKept(request, answer, afterLeases: settlement.afterLeases))
        }
        return effects
    }

    /// What follows from a form or a press, besides the reply.
    func effects(of step: PageStep) -> [Effect] {
        step.told.map(Effect.told) + step.orders.map { .order($0, subject) }
            + step.mails.map { mail($0.kind.mail, row: $0.id, $0.wanted.map(\.change)) }
    }

    /// Orders a mail to the contact.
    func mail(_ kind: RequestMail, row: UUID, _ changes: [PageChange]) -> Effect {
        let order = MailOrder(mail: newID(), kind: .request(kind, row: row, changes: changes), addressHash: nil)
        return .order(MailOrder.type, subject: subject, order.json)
    }

    /// What follows from grants that run out (C7).
    func effects(of expiry: ExpiryStep) -> [Effect] {
        var effects = effects(of: expiry.step)
        if let mail = expiry.mail { effects.append(notice(.renewal, row: mail, expiry.items)) }
        return effects
    }

    /// Orders a mail that tells the contact of the page, or of consents on it.
    func notice(_ kind: NoticeMail, row: UUID, _ items: [NoticeItem]) -> Effect {
        let order = MailOrder(mail: newID(), kind: .notice(kind, row: row, items: items), addressHash: nil)
        return .order(MailOrder.type, subject: subject, order.json)
    }

    /// The circumstances of this message.
    func act(_ evidence: Evidence) -> PageAct {
        PageAct(evidence: evidence, request: kept, stamp: stamp, at: now, newID: { newID() })
    }
}

extension Submission.Kind {
    fileprivate var mail: RequestMail {
        switch self {
        case .confirm: .change
        case .undo: .undo
        case .notice: .resumed
        }
    }
}

extension Effect {
    /// The message that sends an order about a contact to another service.
    static func order(_ order: PlacedOrder, _ contact: String) -> Effect {
        .order(order.type, subject: contact, order.message)
    }

    /// The fact about a change.
    static func told(_ told: Told) -> Effect {
        switch told {
        case .pending(let change, let end):
            .fact(
                "consent.pending",
                [
                    "name": .string(change.name), "value": .string(change.value), "expiresAt": .string(end.rfc3339),
                ])
        case .decided(let decision, let consent): .fact(of: decision, on: consent)
        case .processing(.stopped): .fact("processing.stopped", [:])
        case .processing(.active): .fact("processing.resumed", [:])
        }
    }
}

extension DecisionAct {
    /// A decision that is restored after this service's database lost it (X5).
    init(recoveredBy context: Context<ConsentContact>) {
        self.init(
            channel: Decision.recovered, evidence: Evidence(), request: context.kept, order: context.newID(),
            stamp: context.stamp, at: context.now)
    }
}
