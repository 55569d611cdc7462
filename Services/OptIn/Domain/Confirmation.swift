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
    /// This service heard that the mail server took the mail.
    public var isHanded: Bool
    /// Wrong codes that were typed in.
    public var wrongCodes: Int

    /// A confirmation.
    public init(
        id: UUID, expiresAt: Timestamp, lists: [String], state: State = .pending, isHanded: Bool = false,
        wrongCodes: Int = 0
    ) {
        self.id = id
        self.expiresAt = expiresAt
        self.lists = lists
        self.state = state
        self.isHanded = isHanded
        self.wrongCodes = wrongCodes
    }

    /// No human reads a mail, opens its link and presses a button within this time of the mail's hand-over (P6). It is
    /// counted by the database's clock alone, from when this service heard of the hand-over to when the button was
    /// pressed. A button that is pressed before the service heard of it counts as early.
    public static let humanDelay = Duration.seconds(10)

    /// How a button of the mail's page was pressed.
    public struct Press: Sendable {
        let isEarly: Bool
        let hasNonce: Bool
        let code: Code
        /// Whether it looks like a scanner's press rather than a human's (P6).
        var looksAutomatic: Bool { isEarly || !hasNonce }

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

        /// A press. `isEarly`: within `humanDelay`; `hasNonce`: with the hidden fields of a page fetched before.
        public init(isEarly: Bool, hasNonce: Bool, code: Code) {
            self.isEarly = isEarly
            self.hasNonce = hasNonce
            self.code = code
        }
    }
}
