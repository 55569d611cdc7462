import Testing

@testable import Cryptography

/// Vectors of NIST and of Project Wycheproof (`Vectors/README.md`). What must fail, fails with the one error.
struct PublishedVectorTests {
    @Test(
        "AES-256-GCM agrees with NIST CAVP and Wycheproof, and opens nothing with a wrong tag",
        arguments: [("cavp-gcm-encrypt", 125, 0), ("cavp-gcm-decrypt", 62, 63), ("wycheproof-gcm", 39, 27)])
    func gcm(file: String, valid: Int, invalid: Int) throws {
        let vectors = try Vector.all(file)
        #expect(vectors.count(where: \.valid) == valid)
        #expect(vectors.count == valid + invalid)
        for vector in vectors {
            let bytes = try vector.bytes(\.key)
            let key = try #require(AESKey(bytes))
            let (nonce, data) = (try vector.bytes(\.iv), try vector.bytes(\.aad))
            let sealed = try vector.bytes(\.ct) + vector.bytes(\.tag)
            if vector.valid {
                let plaintext = try vector.bytes(\.msg)
                let opened = try key.open(nonce + sealed, associatedData: data)
                #expect(opened == plaintext, "\(vector)")
                let again = GCM.seal(plaintext, key: SecretBytes(bytes), nonce: nonce, associatedData: data)
                #expect(again == sealed, "\(vector)")
            } else {
                #expect(throws: CryptographyError.cannotOpen, "\(vector)") {
                    try key.open(nonce + sealed, associatedData: data)
                }
            }
        }
    }

    /// A key is 32 bytes: what RFC 3394 lets wrap beside that (16, 24, 40 bytes and more) is no key of ours.
    @Test(
        "AES key wrap agrees with NIST CAVP and Wycheproof, and unwraps nothing else than a whole key of 256 bits",
        arguments: [("cavp-wrap", 72), ("wycheproof-wrap", 4)])
    func wrapping(file: String, expected: Int) throws {
        var unwrapped = 0
        for vector in try Vector.all(file) {
            let bytes = try vector.bytes(\.key)
            let wrapping = try #require(AESKey(bytes))
            let wrapped = try vector.bytes(\.ct)
            guard vector.valid, let key = AESKey(try vector.bytes(\.msg)) else {
                #expect(throws: CryptographyError.cannotOpen, "\(vector)") { try wrapping.unwrap(wrapped) }
                continue
            }
            #expect(wrapping.wrap(key) == wrapped, "\(vector)")
            #expect(try wrapping.unwrap(wrapped).secret.bytes == key.secret.bytes, "\(vector)")
            unwrapped += 1
        }
        #expect(unwrapped == expected)
    }

    /// RFC 3394 section 4: a 256-bit key over 128 and 192 bits (4.3, 4.5); over 256 bits (4.6) see `AESKeyTests`.
    @Test(
        "what RFC 3394 wraps of other lengths is refused",
        arguments: [
            "64E8C3F9CE0F5BA263E9777905818A2A93C8191E7D6E8AE7",
            "A8F9BC1612C68B3FF6E6F4FBE30E71E4769C8B80A32CB8958CD5D17D6B254DA1",
        ])
    func otherLengths(wrapped: String) throws {
        let key = try #require(AESKey([UInt8](0...31)))
        #expect(throws: CryptographyError.cannotOpen) { try key.unwrap(hex(wrapped)) }
    }

    @Test("ECDH on P-256 agrees with Wycheproof; keys of other curves and off the curve are refused (JWK)")
    func agreement() throws {
        var agreed = 0
        for vector in try Vector.all("wycheproof-ecdh") {
            let jwk = try vector.text(\.public)
            guard vector.valid else {
                #expect(throws: CryptographyError.invalidKey, "\(vector)") { try PublicSealingKey(jwk: jwk) }
                continue
            }
            let peer = try PublicSealingKey(jwk: jwk)
            let key = try PrivateSealingKey(vector.base64URL(\.private))
            let shared = try vector.bytes(\.shared)
            #expect(key.handle.sharedSecret(with: peer.handle) == shared, "\(vector)")
            agreed += 1
        }
        #expect(agreed == 330)
    }

    @Test("points that are compressed, at infinity, off the curve or on its twist are refused (Wycheproof)")
    func points() throws {
        let vectors = try Vector.all("wycheproof-ecdh-points")
        #expect(vectors.count == 25)
        for vector in vectors {
            let point = try vector.bytes(\.public)
            #expect(P256Handle(point: point) == nil, "\(vector)")
        }
        #expect(P256Handle(point: [0]) == nil, "infinity")
    }

    @Test("Ed25519 agrees with Wycheproof: malleable, truncated and forged signatures are not valid")
    func signatures() throws {
        let vectors = try Vector.all("wycheproof-ed25519")
        #expect(vectors.count == 151)
        for vector in vectors {
            let key = try Ed25519PublicKey(vector.bytes(\.public))
            let (signature, message) = (try vector.bytes(\.sig), try vector.bytes(\.msg))
            #expect(key.isValid(signature, for: message) == vector.valid, "\(vector)")
        }
    }

    /// RFC 7516 and 7520 have no example of exactly our two algorithms: theirs are among what is refused.
    @Test("no JWE of Wycheproof and RFC 7520 opens: other algorithms, curves, broken or missing parts, no kid")
    func otherJWEs() throws {
        let vectors = try Vector.all("wycheproof-jwe")
        #expect(vectors.count == 68)
        let stranger = PrivateSealingKey.generate()
        for vector in vectors {
            let scalar = try vector.base64URL(\.private)
            let key = scalar.isEmpty ? stranger : try PrivateSealingKey(scalar)
            let text = try vector.text(\.jwe)
            #expect(throws: CryptographyError.cannotOpen, "\(vector)") { try JWE.open(text) { _ in key } }
        }
    }

    @Test("the content key of Wycheproof's one JWE of ECDH-ES and A256GCM, which has no kid, opens it")
    func foreignJWE() throws {
        let vectors = try Vector.all("wycheproof-jwe")
        let vector = try #require(vectors.first { $0.comment == "acceptsEcdhEsA256Gcm" })
        let parts = try vector.text(\.jwe).split(separator: ".", omittingEmptySubsequences: false)
        let bytes = parts.compactMap { Base64URL.decode($0) }
        let members = try #require(StrictJSON.object(bytes[0]))
        guard case .object(let epk) = members["epk"] else {
            Issue.record("no epk")
            return
        }
        let peer = try #require(PublicSealingKey.handle(epk))
        let own = try PrivateSealingKey(vector.base64URL(\.private)).handle
        let opened = try GCM.open(
            bytes[3] + bytes[4], key: JWE.contentKey(own, peer),
            nonce: bytes[2], associatedData: [UInt8](parts[0].utf8))
        #expect(try opened == vector.bytes(\.msg))
    }

    /// RFC 7516 appendix A.1, A.2 and A.3, their protected headers; the rest cannot matter.
    @Test(
        "the algorithms of RFC 7516 appendix A are refused",
        arguments: [
            "eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00ifQ", "eyJhbGciOiJSU0ExXzUiLCJlbmMiOiJBMTI4Q0JDLUhTMjU2In0",
            "eyJhbGciOiJBMTI4S1ciLCJlbmMiOiJBMTI4Q0JDLUhTMjU2In0",
        ])
    func otherAlgorithms(header: String) {
        #expect(throws: CryptographyError.cannotOpen) {
            try JWE.open("\(header).AAAA.48V1_ALb6US04U3b.5eym8TW_c8SuK0lt.XFBoMYUZodetZdvTiFvSkQ") { _ in .generate() }
        }
    }
}
