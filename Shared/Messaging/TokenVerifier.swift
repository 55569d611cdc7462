public import Models
public import Settings

/// What a request's token says of who acts (contract section 1, "Who acts").
public enum TokenVerdict: Sendable, Equatable {
    /// No token, or none that counts, and why.
    case none(TokenFault)
    /// A token that was valid once and ran out while the message waited, and when.
    case expired(Timestamp)
    /// A user and what they may do.
    case user(UserID, permissions: Set<Permission>)
}

/// Why a token does not count: told to the asker, and so never with what stands in the token.
public enum TokenFault: Error, Sendable, Hashable {
    /// None came.
    case missing
    /// No header `Bearer` with a JWT in its compact form, or one that is too long.
    case form
    /// Its `kid` names none of our keys.
    case unknownKey
    /// Its `alg` is not the key's.
    case algorithm
    /// Its header brings this, by which a key or a rule of the token's own would count.
    case header(String)
    /// It was not signed by that key, or changed since.
    case signature
    /// A claim that must be there is missing, or not of its form.
    case claim(String)
    /// It is for somebody else than us.
    case audience
    /// It counts from another account alone.
    case account
    /// It counts only with another `replyKey`.
    case replyKey
    /// It runs for longer than an hour.
    case tooLong
    /// It does not count yet.
    case notBefore(Timestamp)
    /// It ran out before the message was sent.
    case ranOut(Timestamp)

    /// As it is told.
    public var text: String {
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
