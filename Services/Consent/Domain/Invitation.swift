package import FoundationEssentials
package import Models

/// What a contact was told of the page by mail (P3).
package struct Invitation: Sendable, Equatable {
    /// Why the contact is not told for now.
    package enum Hold: String, Sendable {
        /// Only a web form has named the contact, and the address has not been confirmed: forms are no tool for
        /// flooding a stranger's mailbox (O4).
        case form
        /// The mail could not be sent, as after an opt-out (O9).
        case failed
    }

    /// Whether the contact was told of the page.
    package internal(set) var isTold = false
    /// The version of the text that the contact was told of, by consent.
    package internal(set) var consents: [String: String] = [:]
    /// Nil: the contact can be told.
    package internal(set) var hold: Hold?
    /// The mail that told of the page.
    package internal(set) var mail: UUID?
    /// When the last mail was ordered.
    package internal(set) var mailedAt: Timestamp?
    /// When the mail goes that gathers what came up since the last one; nil: nothing came up.
    package internal(set) var tellAt: Timestamp?
    /// The configuration by which it was last decided whether there is something to tell.
    package internal(set) var configuration: String?

    package init(
        isTold: Bool = false, consents: [String: String] = [:], hold: Hold? = nil, mail: UUID? = nil,
        mailedAt: Timestamp? = nil, tellAt: Timestamp? = nil, configuration: String? = nil
    ) {
        self.isTold = isTold
        self.consents = consents
        self.hold = hold
        self.mail = mail
        self.mailedAt = mailedAt
        self.tellAt = tellAt
        self.configuration = configuration
    }
}
