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
    /// The decision's entry in the ledger (X1).
    package let index: LedgerIndex
    /// What the suite has done since, because the grant runs out or ran out (C7).
    package internal(set) var followUp: FollowUp?

    package init(
        choice: Choice, textVersion: String, channel: String, decidedAt: Timestamp, index: LedgerIndex,
        followUp: FollowUp? = nil
    ) {
        self.choice = choice
        self.textVersion = textVersion
        self.channel = channel
        self.decidedAt = decidedAt
        self.index = index
        self.followUp = followUp
    }
}

extension Decision {
    /// The channel of a revocation by the suite: the grant ran out (C7).
    package static let expired = "expired"
    /// The channel of a revocation that the suite restored after data was lost (X5).
    package static let recovered = "recovered"

    /// Whether the contact made it, rather than the suite.
    package var isContactsOwn: Bool { channel != Self.expired && channel != Self.recovered }
}

/// The evidence of a decision, and the statement that the contact decided on; stored apart from the decision, since
/// erasure deletes it.
package struct Evidence: Sendable, Equatable {
    /// A note in the user's words.
    package var note: String?
    /// Where the proof is kept.
    package var reference: String?
    /// The user who recorded the decision.
    package var recordedBy: String?
    /// The visitor's address and browser, of a decision on the page.
    package var remoteAddress: String?
    package var userAgent: String?
    /// Whether the confirmation looked automatic (P6).
    package var isSuspect: Bool
    /// The statement in the words that were shown (C0), and its language; nil: none was shown, as after a loss (X5).
    package var text: String?
    package var language: String?

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

    /// The evidence of a decision on a statement that was shown (C0). The words of another version than the current one
    /// are left out here, and kept elsewhere. `language`: nil if it is not known.
    package func shown(_ consent: DeclaredConsent, version: String? = nil, in language: String?) -> Evidence {
        var evidence = self
        evidence.language = language
        evidence.text = version == nil || version == consent.version ? language.flatMap { consent.texts[$0] } : nil
        return evidence
    }
}
