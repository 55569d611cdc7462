package import FoundationEssentials
package import Models

/// A double-opt-in mail's link, from the order of the mail to the link's end (O3).
///
/// ### Legal transitions
/// pending → confirmed · pending → declined · pending → superseded (another link was confirmed, an opt-out, a new
/// address) · pending → spent (five wrong codes, P6). A pending one past `expiresAt` counts as expired; that state is
/// computed from the clock, not stored.
package struct Confirmation: Sendable, Equatable {
    /// The stored state.
    package enum State: String, Sendable, CaseIterable { case pending, confirmed, declined, superseded, spent }

    /// The id that the link carries.
    package let id: UUID
    /// From this time on the link is dead.
    package let expiresAt: Timestamp
    /// Lists that the contact subscribes to by confirming.
    package var lists: [String]
    package var state: State
    /// Whether this service was told that the mail server accepted the mail.
    package var isHanded: Bool
    /// Number of wrong codes typed in.
    package var wrongCodes: Int

    package init(
        id: UUID, expiresAt: Timestamp, lists: [String], state: State = .pending, isHanded: Bool = false,
        wrongCodes: Int = 0
    ) {
        self.id = id
        self.expiresAt = expiresAt
        self.lists = lists
        self.state = state
        self.isHanded = isHanded
        self.wrongCodes = wrongCodes
    }
}
