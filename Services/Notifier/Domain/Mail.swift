package import FoundationEssentials
package import Models

/// One recipient's mail, from its order to the publication of its outcome.
///
/// ### Legal transitions
/// ordered → ended → told. The hand-over manages the states in between (claimed, noted, retried) and the outcome in the
/// mail's row. If an `unknown` outcome becomes known later, it is published again (N3).
package struct Mail: Sendable, Equatable {
    /// The mail's id, used in its row, its `Message-ID` and its links.
    package let id: UUID
    /// The kind of mail.
    package let kind: MailKind
    package let contact: ContactID
    /// The keyed hash of the intended address; nil: the contact's address at hand-over.
    package let addressHash: String?
    /// The text of a new mail with its own text.
    package let text: MailText?
    /// The outcome of the hand-over, read from the row; nil while the mail is on its way.
    package let outcome: MailOutcome?
    /// When its hand-over ended.
    package let endedAt: Timestamp?
    /// Whether the outcome was published.
    package private(set) var isTold: Bool

    package init(
        id: UUID, kind: MailKind, to contact: ContactID, addressHash: String? = nil, text: MailText? = nil,
        outcome: MailOutcome? = nil, endedAt: Timestamp? = nil, isTold: Bool = false
    ) {
        self.id = id
        self.kind = kind
        self.contact = contact
        self.addressHash = addressHash
        self.text = text
        self.outcome = outcome
        self.endedAt = endedAt
        self.isTold = isTold
    }

    /// The outcome to publish now; nil if there is none yet, or it was published.
    package mutating func tell() -> MailOutcome? {
        guard let outcome, !isTold else { return nil }
        isTold = true
        return outcome
    }

    /// The fact about an outcome: `unknown` is published as not sent, with the reason `unknown` (N3).
    package func fact(of outcome: MailOutcome) -> (type: String, data: JSON) {
        let type =
            switch outcome.result {
            case .sent: "mail.sent"
            case .suppressed: "mail.suppressed"
            case .failed, .unknown: "mail.failed"
            }
        let reason = outcome.result == .unknown ? "unknown" : outcome.reason
        return (
            type,
            JSON(present: [
                "mail": .string(id.text), "category": .string(kind.rule.category), "campaign": .text(kind.campaign),
                "reason": .text(reason),
            ])
        )
    }
}
