public import FoundationEssentials
public import Models

/// What the messages decided on have added to a contact, as rows to save beside the contact's own.
public struct Unsaved: Sendable, Equatable {
    /// A decision, for the record.
    public struct Record: Sendable, Equatable {
        /// The consent's name.
        public let consent: String
        /// What was decided.
        public let decision: Decision
        /// What shows it.
        public let evidence: Evidence
    }

    /// Somebody who waits for an order.
    public struct Waiter: Sendable, Equatable {
        /// The order's id.
        public let order: UUID
        /// Where the reply goes.
        public let reply: KeptRequest.Reply
    }

    /// Page links that were given out.
    public internal(set) var links: [UUID] = []
    /// Decisions, in their order.
    public internal(set) var records: [Record] = []
    /// Orders to the vault.
    public internal(set) var orders: [AwaitedOrder] = []
    /// Who waits for these and for earlier orders.
    public internal(set) var waiters: [Waiter] = []
    /// Orders that the vault has carried out.
    public internal(set) var settled: [UUID] = []
}
