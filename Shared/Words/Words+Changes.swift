extension Words {
    /// Each change in words, on the page and in mails. `{text}` is the consent's statement, `{list}` the list's
    /// title.
    package struct Changes: Sendable {
        package let grant: String
        package let revoke: String
        /// A withdrawal that deletes a stored value (C1).
        package let revokeField: String
        package let object: String
        package let endObjection: String
        package let subscribe: String
        package let leave: String
        package let marketingIn: String
        package let marketingOut: String
        package let stop: String
        package let resume: String
        package let erase: String
        package let access: String
        package let endLinks: String
    }

    /// A page that confirms changes or undoes them (P6, P6a). For the code it uses the words of `Confirmation`.
    package struct ChangePage: Sendable {
        package let ask: Notice
        /// The text above the list of changes.
        package let items: String
        package let confirm: String
        package let decline: String
        /// The text below the buttons.
        package let note: String
    }

    /// The page behind an expired or ended link to the contact's page (P4).
    package struct PageLinkEnded: Sendable {
        package let ask: Notice
        package let newLink: String
        package let newLinkHint: String
        package let unsubscribe: String
        package let unsubscribeHint: String
    }

    /// The messages about changes that were made on the contact's page.
    package struct ChangeNotices: Sendable {
        /// After a submission; `{duration}` is how long the mail's link works.
        package let mailed: Notice
        /// After `resend`.
        package let mailedAgain: Notice
        /// The limit of mails is reached.
        package let tooManyMails: Notice
        package let nothingChanged: Notice
        /// Withdrawals alone, in force at once (P6a).
        package let withdrawn: Notice
        /// Withdrawals in force at once, and other changes that wait.
        package let withdrawnAndMailed: Notice
        /// After `cancel`.
        package let cancelled: Notice
        /// The form shows choices that have changed since, or that are no longer offered.
        package let pageChanged: Notice
        /// The changes are confirmed and in force.
        package let changed: Notice
        package let declined: Notice
        package let undone: Notice
        package let notUndone: Notice
        package let alreadyChanged: Notice
        package let alreadyDeclined: Notice
        package let alreadyUndone: Notice
        package let expired: Notice
        package let undoExpired: Notice
        package let tooManyCodes: Notice
        /// What the changes concern was removed from the configuration.
        package let noLongerOffered: Notice
        package let stopped: Notice
        package let resumed: Notice
        /// `{due}` is the last day.
        package let erasureRequested: Notice
        /// `{due}` is the last day.
        package let accessRequested: Notice
        package let linksEnded: Notice
        package let newLinkSent: Notice
    }
}
