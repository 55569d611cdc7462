public import FoundationEssentials
public import Models

/// Orders of one contact that may wait for the vault: people do not decide so often while it is away.
private let mostOrders = 200

/// How a decision came about.
public struct DecisionAct: Sendable {
    let channel: String
    let evidence: Evidence
    let request: KeptRequest
    let order: UUID
    let time: Timestamp

    /// `order` is a new id, for the case that the vault has something to do.
    public init(channel: String, evidence: Evidence, request: KeptRequest, order: UUID, at time: Timestamp) {
        self.channel = channel
        self.evidence = evidence
        self.request = request
        self.order = order
        self.time = time
    }
}

/// What follows a decision.
public enum DecisionStep: Sendable, Equatable {
    /// It can be told.
    case done(Decision)
    /// It can be told when the vault has carried out this order.
    case ordered(FieldLockOrder)
    /// An earlier order about the field comes first.
    case waits
}

extension ConsentContact {
    /// Records a decision, which counts at once.
    ///
    /// ### Legal transitions
    /// - none → granted, revoked
    /// - granted ↔ revoked
    /// - granted → granted, revoked → revoked: a decision of its own, about another text or with other evidence
    public mutating func decide(
        _ choice: Decision.Choice, on consent: DeclaredConsent, by act: DecisionAct
    ) throws(Refusal) -> DecisionStep {
        guard isKnown else { throw ConsentContact.neverCreated }
        guard awaited.count < mostOrders else {
            throw Refusal(.unavailable, "\(mostOrders) decisions of this contact wait for the vault")
        }
        guard let index = shared[DecisionCounter.key]?.take() else { throw Refusal(.failed, "no number was at hand") }
        let decision = Decision(
            choice: choice, textVersion: consent.version, channel: act.channel, decidedAt: act.time, index: index)
        decisions[consent.name] = decision
        unsaved.records.append(.init(consent: consent.name, decision: decision, evidence: act.evidence))
        guard let field = consent.field else { return .done(decision) }
        let isFirst = !awaited.contains { $0.field == field }
        let awaited = AwaitedOrder(
            id: act.order, consent: consent.name, field: field, decision: decision, request: act.request)
        self.awaited.append(awaited)
        unsaved.orders.append(awaited)
        unsaved.waiters += act.request.replies.map { .init(order: awaited.id, reply: $0) }
        return isFirst ? .ordered(awaited.order) : .waits
    }

    /// The vault has carried out an order. Returns the decision that can be told now, and the next order about the
    /// field: one at a time, so that whatever becomes of a message, nothing is unlocked before what was revoked before
    /// is cleared.
    /// Nil: it was known already.
    public mutating func settle(_ order: UUID) -> (settled: AwaitedOrder, next: FieldLockOrder?)? {
        guard let place = awaited.firstIndex(where: { $0.id == order }) else { return nil }
        let settled = awaited.remove(at: place)
        unsaved.settled.append(order)
        return (settled, awaited.first { $0.field == settled.field }?.order)
    }

    /// A request came again while the vault has not answered: the repetition waits too.
    public mutating func hearAgain(_ repetition: KeptRequest) {
        for place in awaited.indices where awaited[place].request.isSame(as: repetition) {
            let added = awaited[place].request.add(repetition)
            unsaved.waiters += added.map { .init(order: awaited[place].id, reply: $0) }
        }
    }
}

extension KeptRequest {
    fileprivate func isSame(as other: KeptRequest) -> Bool { id == other.id && source == other.source }
}
