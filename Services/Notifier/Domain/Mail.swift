public import Models

/// One recipient's mail, from its order to what was told of it.
///
/// ### Legal transitions
/// ordered → told, once. What happens in between (claimed, noted, tried again) is the hand-over's, in the row.
public struct Mail: Sendable, Equatable {
    /// What was ordered.
    public let order: MailOrder
    /// To whom it goes.
    public let contact: ContactID
    /// What the suite was told of it; nil as long as it is on its way.
    public private(set) var told: MailOutcome?

    /// A mail.
    public init(_ order: MailOrder, to contact: ContactID, told: MailOutcome? = nil) {
        self.order = order
        self.contact = contact
        self.told = told
    }

    /// Takes an outcome: the first one counts, and is the one to tell.
    public mutating func tell(_ outcome: MailOutcome) -> Bool {
        guard told == nil else { return false }
        told = outcome
        return true
    }

    /// The category as facts name it.
    public var category: String {
        switch order.kind {
        case .doubleOptIn: "double-opt-in"
        case .campaign: "campaign"
        }
    }

    /// The campaign that it belongs to.
    public var campaign: String? {
        switch order.kind {
        case .doubleOptIn: nil
        case .campaign(let name): name
        }
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
                "mail": .string(order.mail.text), "category": .string(category), "campaign": .text(campaign),
                "reason": .text(reason),
            ])
        )
    }
}
