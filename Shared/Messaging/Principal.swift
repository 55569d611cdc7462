import Models

/// The sender of a request: the user of a valid token and the publishing account.
public struct Principal: Sendable, Hashable {
    /// The user; nil if there is no valid token.
    public let user: UserID?
    /// The publishing account, checked by the broker.
    public let account: String

    /// Creates a principal.
    public init(user: UserID?, account: String) {
        self.user = user
        self.account = account
    }
}

/// A user's id, the claim `sub` of a token.
public struct UserID: Sendable, Hashable {
    /// The id's text.
    public let text: String
    /// A user's id.
    public init(_ text: String) { self.text = text }
}
