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
