/// A contact's e-mail opt-in status (O1).
package enum OptInStatus: String, Sendable, CaseIterable {
    case none
    case singleOptInUser = "single-opt-in-user"
    case singleOptInWebform = "single-opt-in-webform"
    case doubleOptIn = "double-opt-in"
    case optOutUser = "opt-out-user"
    case optOutContact = "opt-out-contact"

    /// Whether new mails of any category are refused (O9).
    package var isOptOut: Bool {
        switch self {
        case .optOutUser, .optOutContact: true
        case .none, .singleOptInUser, .singleOptInWebform, .doubleOptIn: false
        }
    }

    /// The strength of an opt-in: a weaker one never replaces a stronger one (O5).
    var strength: Int {
        switch self {
        case .none, .optOutUser, .optOutContact: 0
        case .singleOptInWebform: 1
        case .singleOptInUser: 2
        case .doubleOptIn: 3
        }
    }
}

/// The statuses that allow campaigns (O8).
package enum SendPolicy: String, Sendable, CaseIterable {
    case double
    case doubleOrUser = "double-or-user"
    case any

    /// Whether a campaign may go to a contact of this status.
    package func accepts(_ status: OptInStatus) -> Bool {
        switch self {
        case .double: status == .doubleOptIn
        case .doubleOrUser: status == .doubleOptIn || status == .singleOptInUser
        case .any: status.strength > 0
        }
    }
}
