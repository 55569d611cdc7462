import FoundationEssentials
package import Models

/// The fact to publish once the vault has carried out a decision; stored with the order.
package struct FieldLockNote: Sendable, Equatable {
    package let consent: String
    /// The decision to publish.
    package let decision: Decision

    package init(consent: String, decision: Decision) {
        self.consent = consent
        self.decision = decision
    }

    /// Reads the note of an order; nil for an order that was only sent again and publishes nothing.
    package init?(_ order: PlacedOrder) {
        guard let consent = order.note["consent"]?.text,
            let choice = order.note["decision"]?.text.flatMap(Decision.Choice.init(rawValue:)),
            let version = order.note["textVersion"]?.text, let channel = order.note["channel"]?.text,
            let time = order.note["decidedAt"]?.integer, let partition = order.note["partition"]?.integer,
            let number = order.note["number"]?.integer
        else { return nil }
        self.consent = consent
        decision = Decision(
            choice: choice, textVersion: version, channel: channel, decidedAt: Timestamp(microseconds: time),
            index: LedgerIndex(
                partition: Int(partition), number: number, epoch: order.note["epoch"]?.integer ?? 0))
    }

    /// The order to the vault: a revocation locks the field and clears it (C1). A grant that ran out only locks it,
    /// since renewing restores the value (C7).
    func order(
        _ id: UUID, _ field: String, _ request: KeptRequest, and more: [JSON.Member] = []
    ) -> PlacedOrder {
        let isRevoked = decision.choice == .revoked
        return PlacedOrder(
            id: id, topic: field, type: FieldLockOrder.type,
            data: FieldLockOrder.data(
                field: field, isLocked: isRevoked, clears: isRevoked && decision.channel != Decision.expired),
            note: .object((json.members ?? []) + more),
            request: request)
    }

    private var json: JSON {
        [
            "consent": .string(consent), "decision": .string(decision.choice.rawValue),
            "textVersion": .string(decision.textVersion), "channel": .string(decision.channel),
            "decidedAt": .number(String(decision.decidedAt.microseconds)),
            "partition": .number(String(decision.index.partition)), "number": .number(String(decision.index.number)),
            "epoch": .number(String(decision.index.epoch)),
        ]
    }
}
