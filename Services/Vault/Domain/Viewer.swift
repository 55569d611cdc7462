/// Whose attempts are counted and logged: a user from a valid token, else the broker account (V3).
public enum Viewer: Sendable, Hashable {
    /// The token's `sub`.
    case user(String)
    /// The account that published.
    case account(String)

    private static let userPrefix = "user:"
    private static let accountPrefix = "account:"

    /// The name that is logged.
    public var name: String {
        switch self {
        case .user(let name), .account(let name): name
        }
    }

    /// Which of them: an account may have the name of a user.
    public var sort: String {
        switch self {
        case .user: "user"
        case .account: "account"
        }
    }

    /// Under which the attempts are counted.
    public var key: String {
        switch self {
        case .user(let name): Self.userPrefix + name
        case .account(let name): Self.accountPrefix + name
        }
    }

    /// Reads a key.
    public init?(key: String) {
        if key.hasPrefix(Self.userPrefix) {
            self = .user(String(key.dropFirst(Self.userPrefix.count)))
        } else if key.hasPrefix(Self.accountPrefix) {
            self = .account(String(key.dropFirst(Self.accountPrefix.count)))
        } else {
            return nil
        }
    }
}
