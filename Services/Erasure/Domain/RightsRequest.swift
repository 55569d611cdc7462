package import FoundationEssentials
package import Models

/// A contact's request for an erasure or for a copy of their data (E1).
package struct RightsRequest: Sendable, Equatable {
    /// `open`: nothing was done about it yet.
    package enum State: String, Sendable, CaseIterable {
        case open
    }

    /// What happened to a request; written once, never changed.
    package struct Event: Sendable, Equatable {
        package enum What: String, Sendable, CaseIterable {
            /// The contact made the request.
            case requested
            /// The request was restored after this database had lost it (X5).
            case recovered
        }

        package let at: Timestamp
        package let what: What
        /// `contact`, `suite`, a user's id, or the publishing account where no user is known.
        package let by: String
        /// A reason that a user gave.
        package let reason: String?

        package init(at: Timestamp, what: What, by: String, reason: String? = nil) {
            self.at = at
            self.what = what
            self.by = by
            self.reason = reason
        }
    }

    package let id: UUID
    package let kind: RightsKind
    /// Where the contact made it, such as `phone`.
    package let channel: String
    package let createdAt: Timestamp
    /// The last moment to answer it.
    package let dueAt: Timestamp
    package let state: State

    /// Restores a stored request.
    package init(
        id: UUID, kind: RightsKind, channel: String, createdAt: Timestamp, dueAt: Timestamp, state: State
    ) {
        self.id = id
        self.kind = kind
        self.channel = channel
        self.createdAt = createdAt
        self.dueAt = dueAt
        self.state = state
    }

    /// A new request. It has to be answered within one month of receipt (GDPR, article 12(3)): by the day of the next
    /// month with the same number, or by that month's last day.
    package init(id: UUID, kind: RightsKind, channel: String, createdAt: Timestamp) {
        self.init(
            id: id, kind: kind, channel: channel, createdAt: createdAt, dueAt: createdAt.addingMonths(1), state: .open)
    }

    /// Whether it still has to be answered.
    var isOpen: Bool {
        switch state {
        case .open: true
        }
    }
}
