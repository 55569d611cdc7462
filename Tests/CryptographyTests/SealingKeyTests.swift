import Testing

@testable import Cryptography

struct SealingKeyTests {
    private func jwk(x: String = AppendixC.bobX, y: String = AppendixC.bobY, more: String = "") -> String {
        #"{"kty":"EC","crv":"P-256","x":"\#(x)","y":"\#(y)"\#(more)}"#
    }

    @Test("Agreement and Concat KDF agree with RFC 7518 appendix C")
    func keyAgreement() throws {
        let alice = try PrivateSealingKey(try #require(Base64URL.decode(AppendixC.aliceD)))
        let bob = try PrivateSealingKey(try #require(Base64URL.decode(AppendixC.bobD)))
        #expect(alice.publicKey.jwkMembers["x"] == AppendixC.aliceX)
        #expect(alice.publicKey.jwkMembers["y"] == AppendixC.aliceY)
        #expect(bob.publicKey == (try PublicSealingKey(jwk: jwk())))
        let secret: [UInt8] = [
            158, 86, 217, 29, 129, 113, 53, 211, 114, 131, 66, 131, 191, 132, 38, 156,
            251, 49, 110, 163, 218, 128, 106, 72, 246, 218, 167, 121, 140, 254, 144, 196,
        ]
        #expect(alice.handle.sharedSecret(with: bob.publicKey.handle) == secret)
        #expect(bob.handle.sharedSecret(with: alice.publicKey.handle) == secret)
        let key = ConcatKDF.derive(
            secret: secret, algorithm: "A128GCM", keyLength: 16, partyU: [UInt8]("Alice".utf8),
            partyV: [UInt8]("Bob".utf8))
        #expect(Base64URL.encode(key.bytes) == "VqqN6vgjbSBcIijNcacQGg")
    }

    @Test("The thumbprint agrees with the one in RFC 9449 section 6.1")
    func thumbprint() throws {
        let key = try PublicSealingKey(
            jwk: jwk(
                x: "l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs", y: "9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA"))
        #expect(key.thumbprint == "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I")
        #expect(key.jwkMembers["kid"] == key.thumbprint)
    }

    @Test("A key survives its JWK, with members that mean nothing here")
    func jwkRoundTrip() throws {
        let key = PrivateSealingKey.generate().publicKey
        #expect(try PublicSealingKey(jwk: key.jwk) == key)
        let more = #", "kid":"other", "ext":true, "key_ops":[], "use":"enc""#
        #expect(try PublicSealingKey(jwk: jwk(more: more)) == PublicSealingKey(jwk: jwk()))
    }

    @Test("A private key survives its 32 bytes")
    func privateRoundTrip() throws {
        for _ in 0..<50 {
            let key = PrivateSealingKey.generate()
            #expect(key.bytes.count == PrivateSealingKey.length)
            let copy = try PrivateSealingKey(key.bytes)
            #expect(copy.publicKey == key.publicKey)
            #expect(copy.bytes == key.bytes)
        }
    }

    @Test("A scalar of zero, at or above the order, or of another length is refused")
    func scalars() throws {
        let order = hex("FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551")
        var below = order
        below[31] -= 1
        _ = try PrivateSealingKey(below)
        var above = order
        above[31] += 1
        let zero = [UInt8](repeating: 0, count: 32)
        let refused: [[UInt8]] = [
            zero, order, above, [UInt8](repeating: 255, count: 32), [], [1], zero + [1], [0] + below,
        ]
        for bytes in refused {
            #expect(throws: CryptographyError.invalidKey) { try PrivateSealingKey(bytes) }
        }
    }

    @Test("A point off the curve, at infinity or outside the field is refused")
    func points() throws {
        let zero = Base64URL.encode([UInt8](repeating: 0, count: 32))
        let ones = Base64URL.encode([UInt8](repeating: 255, count: 32))
        let prime = Base64URL.encode(hex("ffffffff00000001000000000000000000000000ffffffffffffffffffffffff"))
        let points = [
            (AppendixC.bobX, AppendixC.aliceY), (zero, zero), (ones, ones), (prime, AppendixC.bobY),
            (AppendixC.bobX, zero), (AppendixC.bobY, AppendixC.bobX), (AppendixC.bobX, prime),
        ]
        for (x, y) in points {
            #expect(throws: CryptographyError.invalidKey) { try PublicSealingKey(jwk: jwk(x: x, y: y)) }
        }
    }

    @Test("A JWK of another kind, incomplete, private or not strict JSON is refused")
    func malformedJWK() {
        let good = jwk()
        let texts = [
            "", "{}", "[]", "null", #""EC""#, good + "x", String(good.dropLast()),
            good.replacing("EC", with: "RSA"), good.replacing("P-256", with: "P-384"),
            good.replacing("P-256", with: "secp256k1"), good.replacing(#""kty":"EC","#, with: ""),
            good.replacing(#""crv":"P-256","#, with: ""), good.replacing(#""EC""#, with: "1"),
            jwk(x: AppendixC.bobX + "="), jwk(x: String(AppendixC.bobX.dropLast())), jwk(x: ""), jwk(y: ""),
            jwk(x: AppendixC.bobX + "AA"), jwk(more: #","x":"\#(AppendixC.bobX)""#),
            jwk(more: #","d":"\#(AppendixC.bobD)""#), jwk(more: #","\u0078":"\#(AppendixC.bobX)""#),
            jwk(more: ","), jwk(more: #","a":01"#), jwk(more: #","a":"\#(String(repeating: "a", count: 1024))""#),
        ]
        for text in texts {
            #expect(throws: CryptographyError.invalidKey, "\(text)") { try PublicSealingKey(jwk: text) }
        }
    }
}
