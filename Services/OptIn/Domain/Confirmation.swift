public import FoundationEssentials
public import Models

/// A double-opt-in mail's link, from the order of the mail to its end (O3).
///
/// ### Legal transitions
/// pending → confirmed · pending → declined · pending → superseded (another was confirmed, an opt-out, a new address).
/// A pending one whose time is over is expired; that is read off the clock, not stored.
public struct Confirmation: Sendable, Equatable {
    /// What became of it.
    public enum State: String, Sendable, CaseIterable { case pending, confirmed, declined, superseded }

    /// The row that the link names.
    public let id: UUID
    /// From then on the link is dead.
    public let expiresAt: Timestamp
    /// Lists that the contact subscribes to by confirming.
    public var lists: [String]
    /// What became of it.
    public var state: State

    /// A confirmation.
    public init(id: UUID, expiresAt: Timestamp, lists: [String], state: State = .pending) {
        self.id = id
        self.expiresAt = expiresAt
        self.lists = lists
        self.state = state
    }
}
