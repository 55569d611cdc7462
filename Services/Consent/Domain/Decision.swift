package import Models

/// A contact's decision about a consent, with the version of the text that was shown (C0).
package struct Decision: Sendable, Equatable {
    /// Granted or revoked.
    package enum Choice: String, Sendable, CaseIterable {
        case granted
        case revoked
    }

    /// Granted or revoked.
    package let choice: Choice
    /// The version of the statement.
    package let textVersion: String
    /// The channel of the decision: `phone`, `paper`, …
    package let channel: String
    /// When it was recorded.
    package let decidedAt: Timestamp
    /// The decision's permanent number.
    package let index: LedgerIndex

    package init(choice: Choice, textVersion: String, channel: String, decidedAt: Timestamp, index: LedgerIndex) {
        self.choice = choice
        self.textVersion = textVersion
        self.channel = channel
        self.decidedAt = decidedAt
        self.index = index
    }
}

/// The evidence of a decision, written by a user; stored apart from the decision, since erasure deletes it.
package struct Evidence: Sendable, Equatable {
    /// A note in the user's words.
    package let note: String?
    /// Where the proof is kept.
    package let reference: String?
    /// The user who recorded the evidence.
    package let recordedBy: String?
    /// The visitor's address and browser, of a decision on the page.
    package let remoteAddress: String?
    package let userAgent: String?
    /// The confirmation looked automatic (P6).
    package let isSuspect: Bool
    /// The words that were confirmed, and their language.
    package let text: String?
    package let language: String?

    /// Creates the evidence of a decision.
    package init(
        note: String? = nil, reference: String? = nil, recordedBy: String? = nil, remoteAddress: String? = nil,
        userAgent: String? = nil, isSuspect: Bool = false, text: String? = nil, language: String? = nil
    ) {
        self.note = note
        self.reference = reference
        self.recordedBy = recordedBy
        self.remoteAddress = remoteAddress
        self.userAgent = userAgent
        self.isSuspect = isSuspect
        self.text = text
        self.language = language
    }
}
