public import FoundationEssentials
public import Models

/// One recipient's mail, from its order to what was told of it.
///
/// ### Legal transitions
/// ordered → ended → told. What happens in between (claimed, noted, tried again) and how it ends is the hand-over's, in
/// the row. An end that was `unknown` and becomes known after all is told a second time (N3).
public struct Mail: Sendable, Equatable {
    /// Names the mail: its row, its `Message-ID`, its links.
    public let id: UUID
    /// What it is.
    public let kind: MailKind
    /// To whom it goes.
    public let contact: ContactID
    /// The keyed hash of the address that it is for; nil: whichever the contact has at hand-over.
    public let addressHash: String?
    /// The text of a new mail that has one of its own.
    public let text: MailText?
    /// How its hand-over ended, as its row says; nil as long as it is on its way.
    public let outcome: MailOutcome?
    /// When its hand-over ended.
    public let endedAt: Timestamp?
    /// The suite was told how it ended.
    public private(set) var isTold: Bool

    /// A mail.
    public init(
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

    /// The outcome to tell now; nil where there is none yet, or it was told.
    public mutating func tell() -> MailOutcome? {
        guard let outcome, !isTold else { return nil }
        isTold = true
        return outcome
    }

    /// The fact about an outcome: what nobody knows (`unknown`) counts as not sent, and its reason says so (N3).
    public func fact(of outcome: MailOutcome) -> (type: String, data: JSON) {
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
