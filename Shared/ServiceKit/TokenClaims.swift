import Messaging
import Models

/// Bytes of a user's id, which stands in histories, jobs and the access log.
private let longestSubject = 256
/// Bytes of any other name in a token, and names in one list.
private let longestName = 256
private let mostNames = 100
/// Seconds since 1970 that a token may name: up to the year 2096.
private let times = 0..<4e9

/// The claims of a token, each well-formed: without characters that could harm a database or a terminal.
struct TokenClaims: Sendable {
    let user: String
    let roles: [String]
    let expires: Timestamp
    let notBefore: Timestamp?
    let audiences: [String]
    /// `azp`: the only account from which the token is valid.
    let account: String?
    let confirmation: Confirmation?

    /// `cnf`: the key with which alone the token is valid.
    struct Confirmation: Sendable {
        let thumbprint: String?
    }

    /// From the payload's bytes.
    init(_ payload: [UInt8]) throws(TokenFault) {
        let claims: JSON
        do {
            claims = try JSON(parsing: payload)
        } catch {
            // For example a NUL in `sub`: the pointer names the claim.
            let name = error.pointer.split(separator: "/").first.map(String.init)
            if let name, Self.names.contains(name) { throw .claim(name) }
            throw .form
        }
        guard claims.members != nil else { throw .form }
        guard let user = Self.name(claims["sub"], limit: longestSubject) else { throw .claim("sub") }
        guard let expires = Self.time(claims["exp"]) else { throw .claim("exp") }
        self.user = user
        self.expires = expires
        roles = try Self.list(claims["roles"], "roles")
        if let one = Self.name(claims["aud"]) {
            audiences = [one]
        } else {
            audiences = try Self.list(claims["aud"], "aud")
        }
        notBefore = try Self.optional(claims["nbf"], "nbf", Self.time)
        account = try Self.optional(claims["azp"], "azp") { Self.name($0) }
        confirmation = try Self.optional(claims["cnf"], "cnf") { value in
            value?.members.map { _ in Confirmation(thumbprint: Self.name(value?["jkt"])) }
        }
    }

    private static let names: Set<String> = ["sub", "roles", "exp", "nbf", "aud", "azp", "cnf"]

    private static func optional<Value>(
        _ value: JSON?, _ name: String, _ read: (JSON?) -> Value?
    ) throws(TokenFault) -> Value? {
        guard let value, value != .null else { return nil }
        guard let result = read(value) else { throw .claim(name) }
        return result
    }

    private static func list(_ value: JSON?, _ name: String) throws(TokenFault) -> [String] {
        guard let value, value != .null else { return [] }
        guard let elements = value.elements, elements.count <= mostNames else { throw .claim(name) }
        let names = elements.compactMap { Self.name($0) }
        guard names.count == elements.count else { throw .claim(name) }
        return names
    }

    /// A string of 1 to `limit` bytes on one line, without control characters.
    private static func name(_ value: JSON?, limit: Int = longestName) -> String? {
        guard let text = value?.text, (1...limit).contains(text.utf8.count) else { return nil }
        let isClean = text.unicodeScalars.allSatisfy { scalar in
            ![.control, .lineSeparator, .paragraphSeparator].contains(scalar.properties.generalCategory)
        }
        return isClean ? text : nil
    }

    private static func time(_ value: JSON?) -> Timestamp? {
        guard case .number(let text)? = value, let seconds = Double(text), times.contains(seconds) else { return nil }
        return Timestamp(microseconds: Int64(seconds) * 1_000_000)
    }
}
