import Crypto
import Cryptography
import Foundation
import Logging
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
        let message = message(account: account, sent: sent, data: data)
        return await verifier.verify("Bearer " + token, message: message, now: now)
    }

    func message(account: String = "crm", sent: Timestamp = now, data: JSON = [:]) -> Message {
        let event = Event(id: UUID(), source: "/crm", type: "mail.campaign", subject: "c", time: sent, data: data)
        return Message(
            event: event, exchange: .requests, account: account, replyAddress: nil, traceparent: nil, bodyHash: [],
            authorization: nil)
    }
}

private func claims(
    sub: String = "anna", roles: String = #"["marketing"]"#, exp: Int = nowSeconds + 600, aud: String = #""assent""#,
    more: String = ""
) -> String {
    #"{"sub":"\#(sub)","roles":\#(roles),"exp":\#(exp),"aud":\#(aud)\#(more)}"#
}

private let good = #"{"alg":"EdDSA","kid":"e"}"#

@Suite struct JWTVerifierTests {

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

    private static let faults: [(header: String, claims: String, fault: TokenFault)] = [
        (#"{"alg":"none","kid":"e"}"#, claims(), .algorithm), (#"{"alg":"HS256","kid":"e"}"#, claims(), .algorithm),
        (#"{"alg":"ES256","kid":"e"}"#, claims(), .algorithm), (#"{"alg":"eddsa","kid":"e"}"#, claims(), .algorithm),
        (#"{"alg":["EdDSA"],"kid":"e"}"#, claims(), .algorithm), (#"{"alg":"EdDSA","kid":"x"}"#, claims(), .unknownKey),
        (#"{"alg":"EdDSA"}"#, claims(), .unknownKey), (#"{"alg":"EdDSA","kid":"e","kid":"p"}"#, claims(), .form),
        (#"{"alg":"EdDSA","kid":"e","jku":"https://x"}"#, claims(), .header("jku")),
        (#"{"alg":"EdDSA","kid":"e","jwk":{}}"#, claims(), .header("jwk")),
        (#"{"alg":"EdDSA","kid":"e","x5u":"https://x"}"#, claims(), .header("x5u")),
        (#"{"alg":"EdDSA","kid":"e","x5c":["AAAA"]}"#, claims(), .header("x5c")),
        (#"{"alg":"EdDSA","kid":"e","crit":["exp"]}"#, claims(), .header("crit")),
        (#"{"alg":"EdDSA","kid":"e","b64":false}"#, claims(), .header("b64")),
        (good, claims(aud: #""other""#), .audience), (good, claims(aud: "[]"), .audience),
        (good, claims(aud: "7"), .claim("aud")), (good, claims(exp: nowSeconds + 7200), .tooLong),
        (good, claims(exp: nowSeconds + 3700), .tooLong),
        (good, claims(exp: nowSeconds - 60), .ranOut(now - .seconds(60))),
        (good, claims(sub: ""), .claim("sub")), (good, claims(sub: #"an\u0000na"#), .claim("sub")),
        (good, claims(sub: #"an\nna"#), .claim("sub")), (good, claims(sub: #"an\u007fna"#), .claim("sub")),
        (good, claims(sub: #"an\u2028na"#), .claim("sub")),
        (good, claims(sub: String(repeating: "x", count: 257)), .claim("sub")),
        (good, claims(more: #","nbf":\#(nowSeconds + 300)"#), .notBefore(now + .seconds(300))),
        (good, claims(more: #","nbf":"soon""#), .claim("nbf")), (good, claims(more: #","azp":"shop""#), .account),
        (good, claims(more: #","azp":"sh\u0000op""#), .claim("azp")), (good, claims(more: #","azp":7"#), .claim("azp")),
        (good, claims(more: #","cnf":{"jkt":"x"}"#), .replyKey),
        (good, claims(more: #","cnf":{"x5t#S256":"x"}"#), .replyKey),
        (good, claims(more: #","cnf":"x""#), .claim("cnf")),
        (good, #"{"sub":"anna","roles":[],"aud":"assent"}"#, .claim("exp")),
        (good, #"{"sub":"anna","exp":"1800000600","aud":"assent"}"#, .claim("exp")),
        (good, claims(roles: #""marketing""#), .claim("roles")),
        (good, claims(roles: #"{"marketing":true}"#), .claim("roles")), (good, claims(roles: "[1]"), .claim("roles")),
        (good, claims(roles: #"["a\u0000"]"#), .claim("roles")),
        (
            good, claims(roles: "[" + Array(repeating: #""a""#, count: 101).joined(separator: ",") + "]"),
            .claim("roles")
        ),
        (good, "[]", .form), (good, #"{"sub":"anna","sub":"carla","exp":1800000600,"aud":"assent"}"#, .form),
    ]

    @Test("a token with a fault is none at all, and the fault is named", arguments: faults.indices)
    func faulty(index: Int) async throws {
        let issuer = try Issuer()
        let (header, claims, fault) = Self.faults[index]
        #expect(try await issuer.verdict(issuer.token(header: header, claims: claims)) == .none(fault))
    }

    @Test("a token has one text: no padding, no white space, unused bits zero (RFC 7515)")
    func canonical() async throws {
        let issuer = try Issuer()
        let token = try issuer.token(header: good, claims: claims())
        let parts = token.split(separator: ".").map(String.init)
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
        // The signature's 64 bytes leave four bits of the last letter unused.
        let letter = try #require(token.last)
        let last = try #require(alphabet.firstIndex(of: letter))
        let other = token.dropLast() + String(alphabet[last + 1])
        let spellings = [
            String(other), token + "=", token + "==", "\(parts[0])=.\(parts[1]).\(parts[2])",
            "\(parts[0]).\(parts[1])==.\(parts[2])", token + "\n", " " + token, token.replacing(".", with: ". "),
            token + ".", "." + token, "\(parts[0]).\(parts[1])",
            token.replacing("-", with: "+").replacing("_", with: "/") + "+",
        ]
        for spelling in spellings {
            #expect(try await issuer.verdict(spelling) == .none(.form), "\(spelling.suffix(9))")
        }
    }

    @Test("a refusal names the permission as the configuration does, and why the token does not count")
    func told() {
        func refusal(_ verdict: TokenVerdict) -> Refusal? {
            do throws(Refusal) {
                try verdict.require(.setOptIn)
                return nil
            } catch {
                return error
            }
        }
        #expect(
            refusal(.user(UserID("mark"), permissions: [.campaign])) == Refusal(.notPermitted, "mark lacks set-opt-in"))
        #expect(refusal(.user(UserID("mark"), permissions: [.setOptIn])) == nil)
        for (fault, words) in [
            (TokenFault.signature, "signature"), (.unknownKey, "no such key"),
            (.ranOut(now), "ran out at 2027-01-15T08:00:00.000Z"), (.missing, "none came"),
        ] {
            let found = refusal(.none(fault))
            #expect(found?.code == .notPermitted)
            #expect(found?.message.contains(words) == true && found?.message.contains("set-opt-in") == true)
        }
        #expect(refusal(.expired(now)) == Refusal(.expired, "the token ran out at 2027-01-15T08:00:00.000Z"))
    }

    @Test("a token that is bound to a key counts with that key alone as the one to seal to")
    func bound() async throws {
        let issuer = try Issuer()
        let key = PrivateSealingKey.generate().publicKey
        let token = try issuer.token(header: good, claims: claims(more: #","cnf":{"jkt":"\#(key.thumbprint)"}"#))
        let right: JSON = ["replyKey": try JSON(parsing: Array(key.jwk.utf8))]
        let other: JSON = ["replyKey": try JSON(parsing: Array(PrivateSealingKey.generate().publicKey.jwk.utf8))]
        #expect(try await issuer.verdict(token, data: right) != .none(.replyKey))
        #expect(try await issuer.verdict(token, data: other) == .none(.replyKey))
        #expect(try await issuer.verdict(token, data: ["replyKey": "x"]) == .none(.replyKey))
        #expect(try await issuer.verdict(token) == .none(.replyKey))
    }

    @Test("a token that another key signed, or that was changed, is none")
    func forged() async throws {
        let issuer = try Issuer()
        let other = try Issuer().token(header: good, claims: claims())
        #expect(try await issuer.verdict(other) == .none(.signature))
        let parts = try issuer.token(header: good, claims: claims(roles: "[]")).split(separator: ".")
        let changed = "\(parts[0]).\(Base64URL.encode(Array(claims().utf8))).\(parts[2])"
        #expect(try await issuer.verdict(changed) == .none(.signature))
        #expect(try await issuer.verdict("\(parts[0]).\(parts[1]).") == .none(.signature))
        #expect(try await issuer.verdict("") == .none(.form))
        #expect(try await issuer.verdict(String(repeating: "a", count: 100_000)) == .none(.form))
    }

    @Test("a token that ran out while the message waited is expired")
    func expired() async throws {
        let issuer = try Issuer()
        let token = try issuer.token(header: good, claims: claims(exp: nowSeconds - 60))
        #expect(try await issuer.verdict(token, sent: now - .seconds(120)) == .expired(now - .seconds(60)))
    }

    @Test("a token with azp counts from that account")
    func azp() async throws {
        let issuer = try Issuer()
        let token = try issuer.token(header: good, claims: claims(more: #","azp":"shop""#))
        #expect(
            try await issuer.verdict(token, account: "shop")
                == .user(UserID("anna"), permissions: [.campaign, .setOptIn]))
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

    @Test("JWKS_FILE is read again when it changes; one that does not serve changes nothing")
    func readAgain() async throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: file) }
        let (old, new) = (try Issuer(), try Issuer())
        try old.jwks.write(to: file, atomically: true, encoding: .utf8)
        let verifier = try await JWKSFile(
            ServiceEnvironment(["JWKS_FILE": file.path]), settings: old.settings, log: Logger(label: "test"))
        func counts(_ issuer: Issuer) async throws -> Bool {
            let token = try issuer.token(header: good, claims: claims())
            guard case .user = await verifier.verify("Bearer " + token, message: issuer.message(), now: now) else {
                return false
            }
            return true
        }
        #expect(try await counts(old))
        #expect(try await !counts(new))
        try "{".write(to: file, atomically: true, encoding: .utf8)
        try await Task.sleep(for: .milliseconds(1100))
        #expect(try await counts(old))
        try new.jwks.write(to: file, atomically: true, encoding: .utf8)
        try await within(.seconds(5)) { try await counts(new) }
        #expect(try await !counts(old))
    }

    @Test("a key file is read again when it changes; one that does not serve changes nothing")
    func keyRing() async throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: file) }
        func text(_ versions: Int...) -> String {
            let keys = versions.map { #"{"version":\#($0),"key":"\#(String(repeating: "A", count: 43))"}"# }
            return #"{"keys":[\#(keys.joined(separator: ","))]}"#
        }
        try text(1).write(to: file, atomically: true, encoding: .utf8)
        let environment = ServiceEnvironment(["LINK_KEY_FILE": file.path])
        let keys = try KeyRingFile("LINK_KEY_FILE", in: environment, log: Logger(label: "test"))
        #expect(keys.ring.versions == [1])
        try "".write(to: file, atomically: true, encoding: .utf8)
        try await Task.sleep(for: .milliseconds(1100))
        #expect(keys.ring.versions == [1])
        try text(1, 2).write(to: file, atomically: true, encoding: .utf8)
        try await within(.seconds(5)) { keys.ring.versions == [1, 2] }
    }

    @Test("X1 a changed key file that lacks a key which must stay is refused")
    func replaced() async throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: file) }
        try "1 2".write(to: file, atomically: true, encoding: .utf8)
        let environment = ServiceEnvironment(["SIGNING_KEY_FILE": file.path])
        let keys = try KeysFile("SIGNING_KEY_FILE", in: environment, log: Logger(label: "test")) { text in
            Set(text.split(separator: " ").map(String.init))
        } mayReplace: { new, old in
            new.isSuperset(of: old)
        }
        try "2 3".write(to: file, atomically: true, encoding: .utf8)
        try await Task.sleep(for: .milliseconds(1100))
        #expect(keys.ring == ["1", "2"])
        try "1 2 3".write(to: file, atomically: true, encoding: .utf8)
        try await within(.seconds(5)) { keys.ring == ["1", "2", "3"] }
    }

    private func within(_ limit: Duration, _ holds: () async throws -> Bool) async throws {
        let end = ContinuousClock.now + limit
        while try await !holds() {
            try #require(ContinuousClock.now < end, "not in time")
            try await Task.sleep(for: .milliseconds(50))
        }
    }
}
