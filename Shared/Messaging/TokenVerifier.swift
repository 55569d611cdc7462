public import Models
public import Settings

/// What a request's token says of who acts (contract section 1, "Who acts").
public enum TokenVerdict: Sendable, Equatable {
    /// No token, or none that counts.
    case none
    /// A token that was valid once and ran out while the message waited.
    case expired
    /// A user and what they may do.
    case user(UserID, permissions: Set<Permission>)
}

/// Verifies users' tokens; made by ServiceKit.
public protocol TokenVerifier: Sendable {
    /// Verdict on a header `authorization` that came with a message.
    func verify(_ authorization: String, message: Message, now: Timestamp) async -> TokenVerdict
}

extension TokenVerdict {
    /// The user where there is one.
    var user: UserID? {
        guard case .user(let user, _) = self else { return nil }
        return user
    }

    /// Refuses what the verdict does not permit.
    public func require(_ permission: Permission?) throws(Refusal) {
        guard let permission else { return }
        switch self {
        case .user(_, let permissions) where permissions.contains(permission): return
        case .expired: throw Refusal(.expired, "the token ran out")
        case .user, .none: throw Refusal(.notPermitted, "the permission \(permission) is needed")
        }
    }
}
