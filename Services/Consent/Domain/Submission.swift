package import FoundationEssentials
package import Models

/// The changes of one form of the page, and the state of the mail that confirms them (P6).
///
/// ### Legal transitions
/// pending → confirmed · pending → declined · pending → superseded (each of its changes was ended by a later one, or
/// cancelled) · pending → spent (five wrong codes). A pending one past `expiresAt` counts as expired; that state is
/// computed from the clock, not stored.
package struct Submission: Sendable, Equatable {
    /// The stored state.
    package enum State: String, Sendable, CaseIterable { case pending, confirmed, declined, superseded, spent }

    /// What its mail is for.
    package enum Kind: String, Sendable, CaseIterable {
        /// The link confirms the changes.
        case confirm
        /// The link undoes withdrawals that counted at once (P6a).
        case undo
        /// The mail tells of a resumption that a user asked for; it is carried out once the mail was handed over (C4).
        case notice
    }

    /// The id in the mail's link.
    package let id: UUID
    package let kind: Kind
    package let createdAt: Timestamp
    /// From this time on the link is dead.
    package let expiresAt: Timestamp
    /// The changes that the link still confirms.
    package internal(set) var wanted: [PageForm.Wanted]
    package internal(set) var state: State
    /// When this service heard that the mail server had accepted the mail.
    package internal(set) var handedAt: Timestamp?
    package internal(set) var wrongCodes: Int
    /// Mails with the link that were ordered.
    package internal(set) var mails: Int
    /// When the last of them was ordered.
    package internal(set) var mailedAt: Timestamp
    /// The request that waits for a notice.
    package internal(set) var request: KeptRequest?

    /// Restores a submission.
    package init(
        id: UUID, kind: Kind, createdAt: Timestamp, expiresAt: Timestamp, wanted: [PageForm.Wanted],
        state: State = .pending, handedAt: Timestamp? = nil, wrongCodes: Int = 0, mails: Int = 1,
        mailedAt: Timestamp, request: KeptRequest? = nil
    ) {
        self.id = id
        self.kind = kind
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.wanted = wanted
        self.state = state
        self.handedAt = handedAt
        self.wrongCodes = wrongCodes
        self.mails = mails
        self.mailedAt = mailedAt
        self.request = request
    }

    /// Whether its changes can still be confirmed.
    package func isPending(at now: Timestamp) -> Bool { state == .pending && now < expiresAt }

    /// Ends the changes that meet a condition.
    mutating func end(where isEnded: (PageForm.Wanted) -> Bool) {
        wanted.removeAll(where: isEnded)
        if wanted.isEmpty { state = .superseded }
    }
}
