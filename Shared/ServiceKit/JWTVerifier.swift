import Cryptography
import Foundation
import JWTKit
public import Messaging
public import Models
public import Settings

/// A token may run for an hour at most (contract section 1); the reserve is for clocks that differ a little.
private let longestLife = Duration.seconds(3600)
private let clockReserve = Duration.seconds(30)
/// Bytes of a user's id, which stands in histories, jobs and the access log.
private let longestSubject = 256
/// Bytes of a header `authorization`; real tokens have some hundreds.
private let headerLimit = 8192

/// Verifies users' tokens against the configured keys, and only them: no key, algorithm or address that a token brings
/// along counts (RFC 8725).
public struct JWTVerifier: TokenVerifier {
    private let keys: JWTKeyCollection
    private let algorithms: [String: String]
    private let settings: Settings

    /// - Parameter jwks: a JSON Web Key Set of P-256 and Ed25519 keys, each with a `kid`.
    public init(jwks: String, settings: Settings) async throws {
        self.settings = settings
        keys = JWTKeyCollection()
        let set = try JSON(parsing: Array(jwks.utf8))
        guard let members = set["keys"]?.elements else { throw JWKSMistake.noKeys }
        var algorithms: [String: String] = [:]
        for key in members {
            guard let kid = key["kid"]?.text, algorithms[kid] == nil else { throw JWKSMistake.kid }
            switch (key["kty"]?.text, key["crv"]?.text) {
            case ("EC", "P-256"): algorithms[kid] = "ES256"
            case ("OKP", "Ed25519"): algorithms[kid] = "EdDSA"
            default: throw JWKSMistake.kind
            }
            var jwk = key.members ?? []
            jwk.removeAll { $0.name == "alg" }
            jwk.append(JSON.Member("alg", .string(algorithms[kid] ?? "")))
            try await keys.add(jwk: JSONDecoder().decode(JWK.self, from: Data(JSON.object(jwk).bytes)))
        }
        self.algorithms = algorithms
    }

    /// A token counts from the account it is bound to, for an hour at most, and for this audience.
    public func verify(_ authorization: String, message: Message, now: Timestamp) async -> TokenVerdict {
        guard let token = bearer(authorization), hasAcceptableHeader(token) else { return .none }
        let claims: Claims
        do {
            claims = try await keys.verify(token, as: Claims.self)
        } catch {
            return .none
        }
        guard claims.aud.contains("assent"), (1...longestSubject).contains(claims.sub.utf8.count),
            isConfirmed(claims.cnf, by: message.event.data)
        else { return .none }
        guard claims.azp == nil || claims.azp == message.account else { return .none }
        let expires = Timestamp(microseconds: Int64(claims.exp) * 1_000_000)
        guard expires < now + longestLife + clockReserve else { return .none }
        if let notBefore = claims.nbf, Timestamp(microseconds: Int64(notBefore) * 1_000_000) > now + clockReserve {
            return .none
        }
        guard expires > now else {
            return expires > message.event.time ? .expired : .none
        }
        let permissions = settings.permissions(roles: claims.roles, user: claims.sub)
        return .user(UserID(claims.sub), permissions: permissions)
    }

    /// A token that is bound to a key counts with that key alone (RFC 7800), the one to which the answer is sealed.
    private func isConfirmed(_ confirmation: Claims.Confirmation?, by data: JSON) -> Bool {
        guard let confirmation else { return true }
        guard let thumbprint = confirmation.jkt, let jwk = data["replyKey"],
            let key = try? PublicSealingKey(jwk: jwk.serialized)
        else { return false }
        return key.thumbprint == thumbprint
    }

    private func bearer(_ authorization: String) -> String? {
        guard authorization.utf8.count <= headerLimit, authorization.hasPrefix("Bearer ") else { return nil }
        return String(authorization.dropFirst(7))
    }

    private func hasAcceptableHeader(_ token: String) -> Bool {
        let parts = token.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let bytes = Base64URL.decode(String(parts[0])), let header = try? JSON(parsing: bytes),
            let kid = header["kid"]?.text, let algorithm = algorithms[kid]
        else { return false }
        let refused = ["jku", "jwk", "x5u", "x5c", "crit", "zip", "b64"]
        return header["alg"]?.text == algorithm && refused.allSatisfy { header[$0] == nil }
    }
}

/// What is wrong with the key set.
private enum JWKSMistake: String, Error, CustomStringConvertible {
    case noKeys = "JWKS_FILE holds no array `keys`"
    case kid = "each key in JWKS_FILE needs a `kid` of its own"
    case kind = "JWKS_FILE holds a key that is neither P-256 nor Ed25519"

    var description: String { rawValue }
}

private struct Claims: JWTPayload {
    let sub: String
    let roles: [String]
    let exp: Double
    let nbf: Double?
    let aud: [String]
    let azp: String?
    let cnf: Confirmation?

    struct Confirmation: Codable { let jkt: String? }

    private enum Key: String, CodingKey { case sub, roles, exp, nbf, aud, azp, cnf }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        sub = try container.decode(String.self, forKey: .sub)
        roles = try container.decodeIfPresent([String].self, forKey: .roles) ?? []
        exp = try container.decode(Double.self, forKey: .exp)
        nbf = try container.decodeIfPresent(Double.self, forKey: .nbf)
        guard (0..<4e9).contains(exp), (0..<4e9).contains(nbf ?? 0) else { throw JWKSMistake.kind }
        if let one = try? container.decode(String.self, forKey: .aud) {
            aud = [one]
        } else {
            aud = try container.decode([String].self, forKey: .aud)
        }
        azp = try container.decodeIfPresent(String.self, forKey: .azp)
        cnf = try container.decodeIfPresent(Confirmation.self, forKey: .cnf)
    }

    func encode(to encoder: any Encoder) throws {}

    /// The signature is checked by then; the claims are judged by the caller, who knows the message.
    func verify(using algorithm: some JWTAlgorithm) async throws {}
}
