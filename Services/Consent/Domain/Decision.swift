public import Models

/// What a contact decided about a consent, with the text that it was about (C0).
public struct Decision: Sendable, Equatable {
    /// Yes or no.
    public enum Choice: String, Sendable, CaseIterable {
        case granted
        case revoked
    }

    /// Yes or no.
    public let choice: Choice
    /// The version of the statement.
    public let textVersion: String
    /// Where it was made: `phone`, `paper`, …
    public let channel: String
    /// When it was recorded.
    public let decidedAt: Timestamp
    /// Names it for good.
    public let index: LedgerIndex

    /// A decision.
    public init(choice: Choice, textVersion: String, channel: String, decidedAt: Timestamp, index: LedgerIndex) {
        self.choice = choice
        self.textVersion = textVersion
        self.channel = channel
        self.decidedAt = decidedAt
        self.index = index
    }
}

/// What shows that a contact decided so: written by a user, and kept apart, since erasure deletes it.
public struct Evidence: Sendable, Equatable {
    /// In a user's words.
    public let note: String?
    /// Where the proof is kept.
    public let reference: String?
    /// The user who recorded it.
    public let recordedBy: String?

    /// What shows it.
    public init(note: String?, reference: String?, recordedBy: String?) {
        self.note = note
        self.reference = reference
        self.recordedBy = recordedBy
    }
}
