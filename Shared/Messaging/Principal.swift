import Models

/// The sender of a request: the user of a valid token and the publishing account.
package struct Principal: Sendable, Hashable {
    /// The user; nil if there is no valid token.
    package let user: UserID?
    /// The publishing account, checked by the broker.
    package let account: String

    package init(user: UserID?, account: String) {
        self.user = user
        self.account = account
    }
}

/// A user's id, the claim `sub` of a token.
package struct UserID: Sendable, Hashable {
    package let text: String
    /// A user's id.
    package init(_ text: String) { self.text = text }
}
