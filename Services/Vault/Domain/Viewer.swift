/// The subject of reveal limits and log entries: the user of a valid token, else the broker account (V3).
package enum Viewer: Sendable, Hashable {
    /// The token's `sub`.
    case user(String)
    /// The account that published.
    case account(String)

    private static let userPrefix = "user:"
    private static let accountPrefix = "account:"

    /// The name in the log.
    package var name: String {
        switch self {
        case .user(let name), .account(let name): name
        }
    }

    /// The kind of viewer, because an account may have the same name as a user.
    package var sort: String {
        switch self {
        case .user: "user"
        case .account: "account"
        }
    }

    /// The key under which attempts are counted.
    package var key: String {
        switch self {
        case .user(let name): Self.userPrefix + name
        case .account(let name): Self.accountPrefix + name
        }
    }

    /// Parses a key.
    package init?(key: String) {
        if key.hasPrefix(Self.userPrefix) {
            self = .user(String(key.dropFirst(Self.userPrefix.count)))
        } else if key.hasPrefix(Self.accountPrefix) {
            self = .account(String(key.dropFirst(Self.accountPrefix.count)))
        } else {
            return nil
        }
    }
}
