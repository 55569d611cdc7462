public import FoundationEssentials
public import Models

/// A double-opt-in mail's link, from the order of the mail to its end (O3).
///
/// ### Legal transitions
/// pending → confirmed · pending → declined · pending → superseded (another was confirmed, an opt-out, a new address) ·
/// pending → spent (five wrong codes, P6). A pending one whose time is over is expired; that is read off the clock, not
/// stored.
public struct Confirmation: Sendable, Equatable {
    /// What became of it.
    public enum State: String, Sendable, CaseIterable { case pending, confirmed, declined, superseded, spent }

    /// The row that the link names.
    public let id: UUID
    /// From then on the link is dead.
    public let expiresAt: Timestamp
    /// Lists that the contact subscribes to by confirming.
    public var lists: [String]
    /// What became of it.
    public var state: State
    /// When this service heard that the mail server took the mail; nil before.
    public var handedAt: Timestamp?
    /// Wrong codes that were typed in.
    public var wrongCodes: Int

    /// A confirmation.
    public init(
        id: UUID, expiresAt: Timestamp, lists: [String], state: State = .pending, handedAt: Timestamp? = nil,
        wrongCodes: Int = 0
    ) {
        self.id = id
        self.expiresAt = expiresAt
        self.lists = lists
        self.state = state
        self.handedAt = handedAt
        self.wrongCodes = wrongCodes
    }

    /// Whether a press of its button looks like a scanner's rather than a human's (P6).
    func looksAutomatic(_ press: Press) -> Bool {
        guard press.hasNonce, let handedAt else { return true }
        return press.at < handedAt + humanDelay
    }

    /// How a button of the mail's page was pressed.
    public struct Press: Sendable {
        let at: Timestamp
        let hasNonce: Bool
        let code: Code

        /// What was typed in as the mail's code.
        public enum Code: Sendable {
            /// Nothing.
            case none
            /// No six digits: a slip, which is no try.
            case unreadable
            /// Six digits of another code.
            case wrong
            /// The mail's.
            case right
        }

        /// A press; `hasNonce`: with the hidden fields of a page fetched before.
        public init(at: Timestamp, hasNonce: Bool, code: Code) {
            self.at = at
            self.hasNonce = hasNonce
            self.code = code
        }
    }
}

/// No human reads a mail, opens its link and presses a button within this time of the hand-over (P6). It is counted
/// from when this service heard of the hand-over, by its own clock, to when it decides on the button: two machines'
/// clocks need not agree, and a button that was pressed before the hand-over was heard of looks automatic.
private let humanDelay = Duration.seconds(10)
