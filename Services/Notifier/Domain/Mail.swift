public import FoundationEssentials
public import Models

/// One recipient's mail, from its order to what was told of it.
///
/// ### Legal transitions
/// ordered → told, once. What happens in between (claimed, noted, tried again) is the hand-over's, in the row.
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
    public let letter: Letter?
    /// When its hand-over ended.
    public let endedAt: Timestamp?
    /// What the suite was told of it; nil as long as it is on its way.
    public private(set) var told: MailOutcome?

    /// A mail.
    public init(
        id: UUID, kind: MailKind, to contact: ContactID, addressHash: String? = nil, letter: Letter? = nil,
        endedAt: Timestamp? = nil, told: MailOutcome? = nil
    ) {
        self.id = id
        self.kind = kind
        self.contact = contact
        self.addressHash = addressHash
        self.letter = letter
        self.endedAt = endedAt
        self.told = told
    }

    /// Takes an outcome: the first one counts, and is the one to tell.
    public mutating func tell(_ outcome: MailOutcome) -> Bool {
        guard told == nil else { return false }
        told = outcome
        return true
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
                "mail": .string(id.text), "category": .string(kind.category), "campaign": .text(kind.campaign),
                "reason": .text(reason),
            ])
        )
    }
}
