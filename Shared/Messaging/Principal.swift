import Models

/// Who asks: the user of a valid token, and the account that published.
public struct Principal: Sendable, Hashable {
    /// From a valid token; nil where none came.
    public let user: UserID?
    /// Checked by the broker.
    public let account: String

    /// Whoever it is.
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
