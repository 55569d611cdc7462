import Crypto
import Cryptography
import Foundation
import Models
import ServiceKit
import Settings
import Testing

@testable import Messaging

private let now = Timestamp(microseconds: 1_800_000_000_000_000)
private let nowSeconds = 1_800_000_000

/// Signs as an identity provider would, with keys made for the test.
private struct Issuer {
    let es256 = P256.Signing.PrivateKey()
    let edDSA = Curve25519.Signing.PrivateKey()
    let settings: Settings

    init() throws {
        settings = try Settings.load(
            yaml: "roles: {marketing: [campaign, set-opt-in], support: []}\nusers: {carla: [campaign]}\n")
    }

    var jwks: String {
        let point = Array(es256.publicKey.rawRepresentation)
        let x = Base64URL.encode(Array(point[..<32]))
        let y = Base64URL.encode(Array(point[32...]))
        let edX = Base64URL.encode(Array(edDSA.publicKey.rawRepresentation))
        return """
            {"keys":[{"kty":"EC","crv":"P-256","kid":"p","x":"\(x)","y":"\(y)"},
                     {"kty":"OKP","crv":"Ed25519","kid":"e","x":"\(edX)"}]}
            """
    }

    func token(header: String, claims: String, key: String = "e") throws -> String {
        let signed = Base64URL.encode(Array(header.utf8)) + "." + Base64URL.encode(Array(claims.utf8))
        let signature: [UInt8] =
            key == "e"
            ? Array(try edDSA.signature(for: Data(signed.utf8)))
            : Array(try es256.signature(for: Data(signed.utf8)).rawRepresentation)
        return signed + "." + Base64URL.encode(signature)
    }

    func verdict(
        _ token: String, account: String = "crm", sent: Timestamp = now, data: JSON = [:]
    ) async throws -> TokenVerdict {
        let verifier = try await JWTVerifier(jwks: jwks, settings: settings)
        let event = Event(id: UUID(), source: "/crm", type: "mail.campaign", subject: "c", time: sent, data: data)
        let message = Message(
            event: event, exchange: .requests, account: account, replyAddress: nil, traceparent: nil, bodyHash: [],
            authorization: nil)
        return await verifier.verify("Bearer " + token, message: message, now: now)
    }
}

private func claims(
    sub: String = "anna", roles: String = #"["marketing"]"#, exp: Int = nowSeconds + 600, aud: String = #""assent""#,
    more: String = ""
) -> String {
    #"{"sub":"\#(sub)","roles":\#(roles),"exp":\#(exp),"aud":\#(aud)\#(more)}"#
}

@Suite struct JWTVerifierTests {
    private let good = #"{"alg":"EdDSA","kid":"e"}"#

    @Test("a token of a configured key counts, with the permissions of its roles")
    func valid() async throws {
        let issuer = try Issuer()
        let marketing = TokenVerdict.user(UserID("anna"), permissions: [.campaign, .setOptIn])
        #expect(try await issuer.verdict(issuer.token(header: good, claims: claims())) == marketing)
        let es = try issuer.token(header: #"{"alg":"ES256","kid":"p"}"#, claims: claims(), key: "p")
        #expect(try await issuer.verdict(es) == marketing)
        let named = try issuer.token(header: good, claims: claims(sub: "carla", roles: "[]"))
        #expect(try await issuer.verdict(named) == .user(UserID("carla"), permissions: [.campaign]))
        let several = try issuer.token(header: good, claims: claims(aud: #"["x","assent"]"#))
        #expect(try await issuer.verdict(several) == marketing)
    }

    @Test(
        "a token with a fault is none at all",
        arguments: [
            (#"{"alg":"none","kid":"e"}"#, claims()), (#"{"alg":"HS256","kid":"e"}"#, claims()),
            (#"{"alg":"ES256","kid":"e"}"#, claims()), (#"{"alg":"EdDSA","kid":"x"}"#, claims()),
            (#"{"alg":"EdDSA"}"#, claims()), (#"{"alg":"EdDSA","kid":"e","jku":"https://x"}"#, claims()),
            (#"{"alg":"EdDSA","kid":"e","jwk":{}}"#, claims()),
            (#"{"alg":"EdDSA","kid":"e","x5u":"https://x"}"#, claims()),
            (#"{"alg":"EdDSA","kid":"e","crit":["exp"]}"#, claims()),
            (#"{"alg":"EdDSA","kid":"e"}"#, claims(aud: #""other""#)),
            (#"{"alg":"EdDSA","kid":"e"}"#, claims(exp: nowSeconds + 7200)),
            (#"{"alg":"EdDSA","kid":"e"}"#, claims(exp: nowSeconds - 60)),
            (#"{"alg":"EdDSA","kid":"e"}"#, claims(sub: "")),
            (#"{"alg":"EdDSA","kid":"e"}"#, claims(more: #","nbf":\#(nowSeconds + 300)"#)),
            (#"{"alg":"EdDSA","kid":"e"}"#, claims(more: #","azp":"shop""#)),
            (#"{"alg":"EdDSA","kid":"e"}"#, claims(more: #","cnf":{"jkt":"x"}"#)),
            (#"{"alg":"EdDSA","kid":"e"}"#, #"{"sub":"anna","roles":[],"aud":"assent"}"#),
            (#"{"alg":"EdDSA","kid":"e"}"#, claims(roles: #""marketing""#)),
            (#"{"alg":"EdDSA","kid":"e"}"#, claims(roles: #"{"marketing":true}"#)),
            (#"{"alg":"EdDSA","kid":"e"}"#, claims(roles: "[1]")),
            (#"{"alg":"EdDSA","kid":"e"}"#, claims(exp: nowSeconds + 3700)),
            (#"{"alg":"EdDSA","kid":"e","x5c":["AAAA"]}"#, claims()),
            (#"{"alg":"EdDSA","kid":"e","b64":false}"#, claims()),
            (#"{"alg":"eddsa","kid":"e"}"#, claims()), (#"{"alg":["EdDSA"],"kid":"e"}"#, claims()),
            (#"{"alg":"EdDSA","kid":"e"}"#, "[]"), (#"{"alg":"EdDSA","kid":"e","kid":"p"}"#, claims()),
        ])
    func faulty(header: String, claims: String) async throws {
        let issuer = try Issuer()
        #expect(try await issuer.verdict(issuer.token(header: header, claims: claims)) == .none)
    }

    @Test("a token that is bound to a key counts with that key alone as the one to seal to")
    func bound() async throws {
        let issuer = try Issuer()
        let key = PrivateSealingKey.generate().publicKey
        let token = try issuer.token(header: good, claims: claims(more: #","cnf":{"jkt":"\#(key.thumbprint)"}"#))
        let right: JSON = ["replyKey": try JSON(parsing: Array(key.jwk.utf8))]
        let other: JSON = ["replyKey": try JSON(parsing: Array(PrivateSealingKey.generate().publicKey.jwk.utf8))]
        #expect(try await issuer.verdict(token, data: right) != .none)
        #expect(try await issuer.verdict(token, data: other) == .none)
        #expect(try await issuer.verdict(token, data: ["replyKey": "x"]) == .none)
        #expect(try await issuer.verdict(token) == .none)
    }

    @Test("a token that another key signed, or that was changed, is none")
    func forged() async throws {
        let issuer = try Issuer()
        let other = try Issuer().token(header: good, claims: claims())
        #expect(try await issuer.verdict(other) == .none)
        let parts = try issuer.token(header: good, claims: claims(roles: "[]")).split(separator: ".")
        let changed = "\(parts[0]).\(Base64URL.encode(Array(claims().utf8))).\(parts[2])"
        #expect(try await issuer.verdict(changed) == .none)
        #expect(try await issuer.verdict("\(parts[0]).\(parts[1]).") == .none)
        #expect(try await issuer.verdict("") == .none)
        #expect(try await issuer.verdict(String(repeating: "a", count: 100_000)) == .none)
    }

    @Test("a token that ran out while the message waited is expired")
    func expired() async throws {
        let issuer = try Issuer()
        let token = try issuer.token(header: good, claims: claims(exp: nowSeconds - 60))
        #expect(try await issuer.verdict(token, sent: now - .seconds(120)) == .expired)
    }

    @Test("a token with azp counts from that account")
    func azp() async throws {
        let issuer = try Issuer()
        let token = try issuer.token(header: good, claims: claims(more: #","azp":"shop""#))
        #expect(try await issuer.verdict(token, account: "shop") != .none)
    }

    @Test("a role without the permission is refused")
    func support() async throws {
        let issuer = try Issuer()
        let verdict = try await issuer.verdict(issuer.token(header: good, claims: claims(roles: #"["support"]"#)))
        #expect(verdict == .user(UserID("anna"), permissions: []))
    }

    @Test(
        "a key set that is not what it should be stops the service",
        arguments: [
            "{}", #"{"keys":[{"kty":"oct","k":"AA","kid":"a"}]}"#,
            #"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"AA"}]}"#,
        ])
    func keySets(jwks: String) async throws {
        let settings = try Settings.load(yaml: "{}")
        await #expect(throws: (any Error).self) { try await JWTVerifier(jwks: jwks, settings: settings) }
    }
}
