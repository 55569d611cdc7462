/// The circumstances in which a button was pressed on the page behind a mail's link (P6).
package struct ButtonPress: Sendable, Equatable {
    /// Minimum time that a human needs to read a mail, open its link and press a button after the mail's hand-over. It
    /// is measured by the database's clock, from the arrival of the hand-over notice to the press. A press before the
    /// notice counts as early.
    package static let humanDelay = Duration.seconds(10)
    /// Wrong codes after which a link is dead.
    package static let codeTries = 5

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

    /// The verdict on a press.
    package enum Verdict: Sendable, Equatable {
        /// A human pressed the button, as far as that can be told.
        case human
        /// It looks like a mail scanner's press: the page asks for the code.
        case automatic
        /// The code was wrong; `countsAsTry` is false for a typing error.
        case wrongCode(countsAsTry: Bool)
    }

    package let isEarly: Bool
    package let hasNonce: Bool
    package let code: Code

    /// A press. `isEarly`: within `humanDelay`; `hasNonce`: with a valid nonce of a page fetched before.
    package init(isEarly: Bool, hasNonce: Bool, code: Code) {
        self.isEarly = isEarly
        self.hasNonce = hasNonce
        self.code = code
    }

    /// Whether it looks like a mail scanner's press rather than a human's.
    package var looksAutomatic: Bool { isEarly || !hasNonce }

    /// The right code proves a human, even if the press was early.
    package var verdict: Verdict {
        switch code {
        case .right: .human
        case .wrong: .wrongCode(countsAsTry: true)
        case .unreadable: .wrongCode(countsAsTry: false)
        case .none: looksAutomatic ? .automatic : .human
        }
    }
}
