public import FoundationEssentials
public import Models

/// A decision that counts already and that the vault has not carried out yet: until then nobody is told of it
/// (architecture.md, "Acknowledging late").
public struct AwaitedOrder: Sendable, Equatable {
    /// The order's id.
    public let id: UUID
    /// The consent's name.
    public let consent: String
    /// The vault's field.
    public let field: String
    /// What was decided.
    public let decision: Decision
    /// Who waits for the reply.
    public internal(set) var request: KeptRequest

    /// As it was saved.
    public init(id: UUID, consent: String, field: String, decision: Decision, request: KeptRequest) {
        self.id = id
        self.consent = consent
        self.field = field
        self.decision = decision
        self.request = request
    }

    /// What the vault is told, the same each time: a revocation locks the field and clears it (C1). The decision's
    /// number is the sequence, since it rises from one decision of a contact to the next.
    public var order: FieldLockOrder {
        FieldLockOrder(
            order: id, field: field, isLocked: decision.choice == .revoked, clears: decision.choice == .revoked,
            sequence: UInt64(decision.index.number))
    }
}
