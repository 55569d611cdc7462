import Cryptography
import Foundation
import JWTKit
package import Messaging
package import Models
package import Settings

/// A token may run for an hour at most (contract section 1); the reserve is for clocks that differ a little.
private let longestLife = Duration.seconds(3600)
private let clockReserve = Duration.seconds(30)
/// Bytes of a header `authorization`; real tokens have some hundreds.
private let headerLimit = 8192

/// Verifies users' tokens against the configured keys, and only them: a key, algorithm or address named in a token is
/// not trusted (RFC 8725).
package struct JWTVerifier: TokenVerifier {
    private let keys: JWTKeyCollection
    private let algorithms: [String: String]
    private let settings: Settings

    /// - Parameter jwks: a JSON Web Key Set of P-256 and Ed25519 keys, each with a `kid`.
    package init(jwks: String, settings: Settings) async throws {
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

    /// A token is valid from the account it is bound to, for an hour at most, and for this audience.
    package func verify(_ authorization: String, message: Message, now: Timestamp) async -> TokenVerdict {
        do throws(TokenFault) {
            let claims = try await claims(of: try bearer(authorization))
            guard claims.audiences.contains("assent") else { throw .audience }
            guard claims.account == nil || claims.account == message.account else { throw .account }
            guard isConfirmed(claims.confirmation, by: message.event.data) else { throw .replyKey }
            guard claims.expires < now + longestLife + clockReserve else { throw .tooLong }
            if let notBefore = claims.notBefore, notBefore > now + clockReserve { throw .notBefore(notBefore) }
            guard claims.expires > now else {
                guard claims.expires > message.event.time else { throw .ranOut(claims.expires) }
                return .expired(claims.expires)
            }
            let permissions = settings.permissions(roles: claims.roles, user: claims.user)
            return .user(UserID(claims.user), permissions: permissions)
        } catch {
            return .none(error)
        }
    }

    private func bearer(_ authorization: String) throws(TokenFault) -> String {
        guard authorization.utf8.count <= headerLimit, authorization.hasPrefix("Bearer ") else { throw .form }
        return String(authorization.dropFirst(7))
    }

    /// The claims of a token that a configured key signed, each well-formed. The parts are base64url without padding,
    /// in the one spelling that RFC 7515 allows, so that a token has one text.
    private func claims(of token: String) async throws(TokenFault) -> TokenClaims {
        let parts = token.split(separator: ".", omittingEmptySubsequences: false).map { Base64URL.decode($0) }
        guard parts.count == 3, let header = parts[0].flatMap({ try? JSON(parsing: $0) }), header.members != nil,
            let payload = parts[1], parts[2] != nil
        else { throw .form }
        try check(header)
        do {
            _ = try await keys.verify(token, as: UnreadClaims.self)
        } catch {
            throw .signature
        }
        return try TokenClaims(payload)
    }

    private func check(_ header: JSON) throws(TokenFault) {
        guard let kid = header["kid"]?.text, let algorithm = algorithms[kid] else { throw .unknownKey }
        guard header["alg"]?.text == algorithm else { throw .algorithm }
        for name in ["jku", "jwk", "x5u", "x5c", "crit", "zip", "b64"] where header[name] != nil { throw .header(name) }
    }

    /// A token that is bound to a key is valid with that key alone (RFC 7800), to which the answer is sealed.
    private func isConfirmed(_ confirmation: TokenClaims.Confirmation?, by data: JSON) -> Bool {
        guard let confirmation else { return true }
        guard let thumbprint = confirmation.thumbprint, let jwk = data["replyKey"],
            let key = try? PublicSealingKey(jwk: jwk.serialized)
        else { return false }
        return key.thumbprint == thumbprint
    }
}

/// A mistake in the key set.
private enum JWKSMistake: String, Error, CustomStringConvertible {
    case noKeys = "JWKS_FILE holds no array `keys`"
    case kid = "each key in JWKS_FILE needs a `kid` of its own"
    case kind = "JWKS_FILE holds a key that is neither P-256 nor Ed25519"

    var description: String { rawValue }
}

/// The library checks the signature; `TokenClaims` reads the claims.
private struct UnreadClaims: JWTPayload {
    init(from decoder: any Decoder) throws {}
    func encode(to encoder: any Encoder) throws {}
    func verify(using algorithm: some JWTAlgorithm) async throws {}
}
