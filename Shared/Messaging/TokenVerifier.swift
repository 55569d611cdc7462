package import Models
package import Settings

/// The result of verifying the token of a message (contract section 1, "Who acts").
package enum TokenVerdict: Sendable, Equatable {
    /// The message has no valid token, for this reason.
    case none(TokenFault)
    /// The token was valid when the message was sent and has expired since, at this time.
    case expired(Timestamp)
    /// The token is valid for this user with these permissions.
    case user(UserID, permissions: Set<Permission>)
}

/// The reason why a token is invalid. The asker is told, so it contains no value from the token.
package enum TokenFault: Error, Sendable, Hashable {
    /// The message has no token.
    case missing
    /// The header is not `Bearer` with a JWT in compact form, or it is too long.
    case form
    /// The token's `kid` names no configured key.
    case unknownKey
    /// The token's `alg` is not the key's.
    case algorithm
    /// The token's header has this forbidden member, which would supply a key or a rule of its own.
    case header(String)
    /// The signature does not match.
    case signature
    /// This claim is missing or malformed.
    case claim(String)
    /// The token is for another audience.
    case audience
    /// The token is bound to another account.
    case account
    /// The token is bound to another `replyKey`.
    case replyKey
    /// The token is valid for longer than an hour.
    case tooLong
    /// The token is not valid before this time.
    case notBefore(Timestamp)
    /// The token expired at this time, before the message was sent.
    case ranOut(Timestamp)

    /// The reason as the asker is told.
    package var text: String {
        switch self {
        case .missing: "none came in the header authorization"
        case .form: "the header authorization must be Bearer and a JWT"
        case .unknownKey: "no such key"
        case .algorithm: "the algorithm is not the key's"
        case .header(let name): "the member \(name) in its header is not allowed"
        case .signature: "signature"
        case .claim(let name): "the claim \(name) is missing or not of its form"
        case .audience: "the audience is not assent"
        case .account: "it is bound to another account"
        case .replyKey: "it is bound to another replyKey"
        case .tooLong: "it runs for more than an hour"
        case .notBefore(let time): "it counts from \(time.rfc3339) on"
        case .ranOut(let time): "ran out at \(time.rfc3339)"
        }
    }
}

/// Verifies users' tokens; implemented by ServiceKit.
package protocol TokenVerifier: Sendable {
    /// Returns the verdict on the header `authorization` of a message.
    func verify(_ authorization: String, message: Message, now: Timestamp) async -> TokenVerdict
}

extension TokenVerdict {
    /// The user of a valid token; nil if there is none.
    var user: UserID? {
        guard case .user(let user, _) = self else { return nil }
        return user
    }

    /// Throws a refusal if the verdict does not include the permission.
    package func require(_ permission: Permission?) throws(Refusal) {
        guard let permission else { return }
        switch self {
        case .user(_, let permissions) where permissions.contains(permission): return
        case .user(let user, _): throw Refusal(.notPermitted, "\(user.text) lacks \(permission)")
        case .expired(let time): throw Refusal(.expired, "the token ran out at \(time.rfc3339)")
        case .none(.missing):
            throw Refusal(.notPermitted, "needs a token with the permission \(permission): \(TokenFault.missing.text)")
        case .none(let fault):
            throw Refusal(
                .notPermitted, "needs the permission \(permission), and the token does not count: \(fault.text)")
        }
    }
}
