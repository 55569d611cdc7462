public import Models

/// A contact's decision about a consent, with the version of the text that was shown (C0).
public struct Decision: Sendable, Equatable {
    /// Granted or revoked.
    public enum Choice: String, Sendable, CaseIterable {
        case granted
        case revoked
    }

    /// Granted or revoked.
    public let choice: Choice
    /// The version of the statement.
    public let textVersion: String
    /// The channel of the decision: `phone`, `paper`, …
    public let channel: String
    /// When it was recorded.
    public let decidedAt: Timestamp
    /// The decision's permanent number.
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

/// The evidence of a decision, written by a user; stored apart from the decision, since erasure deletes it.
public struct Evidence: Sendable, Equatable {
    /// A note in the user's words.
    public let note: String?
    /// Where the proof is kept.
    public let reference: String?
    /// The user who recorded the evidence.
    public let recordedBy: String?

    /// Creates the evidence of a decision.
    public init(note: String?, reference: String?, recordedBy: String?) {
        self.note = note
        self.reference = reference
        self.recordedBy = recordedBy
    }
}
