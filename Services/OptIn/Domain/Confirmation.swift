package import FoundationEssentials
package import Models

/// A double-opt-in mail's link, from the order of the mail to the link's end (O3).
///
/// ### Legal transitions
/// pending → confirmed · pending → declined · pending → superseded (another link was confirmed, an opt-out, a new
/// address) · pending → spent (five wrong codes, P6). A pending one past `expiresAt` counts as expired; that state is
/// computed from the clock, not stored.
package struct Confirmation: Sendable, Equatable {
    /// The stored state.
    package enum State: String, Sendable, CaseIterable { case pending, confirmed, declined, superseded, spent }

    /// The id that the link carries.
    package let id: UUID
    /// From this time on the link is dead.
    package let expiresAt: Timestamp
    /// Lists that the contact subscribes to by confirming.
    package var lists: [String]
    package var state: State
    /// Whether this service was told that the mail server accepted the mail.
    package var isHanded: Bool
    /// Number of wrong codes typed in.
    package var wrongCodes: Int

    package init(
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

    /// Minimum time that a human needs to read a mail, open its link and press a button after the mail's hand-over
    /// (P6). It is measured by the database's clock, from the arrival of the hand-over notice here to the press. A
    /// press before the notice counts as early.
    package static let humanDelay = Duration.seconds(10)

    /// The circumstances in which a button of the mail's page was pressed.
    package struct Press: Sendable {
        let isEarly: Bool
        let hasNonce: Bool
        let code: Code
        /// Whether it looks like a mail scanner's press rather than a human's (P6).
        var looksAutomatic: Bool { isEarly || !hasNonce }

        /// The code field of the form.
        package enum Code: Sendable {
            /// The field is missing or empty.
            case none
            /// Not six digits: a typing error, which does not count as a try.
            case unreadable
            /// Six digits of a wrong code.
            case wrong
            /// The mail's code.
            case right
        }

        /// A press. `isEarly`: within `humanDelay`; `hasNonce`: with a valid nonce of a page fetched before.
        package init(isEarly: Bool, hasNonce: Bool, code: Code) {
            self.isEarly = isEarly
            self.hasNonce = hasNonce
            self.code = code
        }
    }
}
