import Testing

@testable import Cryptography

/// RFC 8032 section 7.1: tests 1, 2, 3 and SHA(abc).
private let vectors: [(seed: String, publicKey: String, message: String, signature: String)] = [
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
            + "d25bf5f0595bbe24655141438e7a100b"
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c"
            + "387b2eaeb4302aeeb00d291612bb0c00"
    ),
    (
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc659"
            + "4a7c15e9716ed28dc027beceea1ec40a"
    ),
    (
        "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
        "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd"
            + "454d4423643ce80e2a9ac94fa54ca49f",
        "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e030"
            + "3dca179c138ac17ad9bef1177331a704"
    ),
]

struct Ed25519Tests {
    @Test("the vectors of RFC 8032, section 7.1", arguments: vectors)
    func published(seed: String, publicKey: String, message: String, signature: String) throws {
        let key = try Ed25519PrivateKey(seed: hex(seed))
        #expect(key.publicKey.bytes == hex(publicKey))
        #expect(key.signature(of: hex(message)) == hex(signature))
        let verifier = try Ed25519PublicKey(hex(publicKey))
        #expect(verifier.isValid(hex(signature), for: hex(message)))
        #expect(verifier == key.publicKey)
    }

    @Test("another bit of signature, message or key, another length: nothing verifies")
    func changed() throws {
        let key = try Ed25519PrivateKey(seed: hex(vectors[2].seed)).publicKey
        let (message, signature) = (hex(vectors[2].message), hex(vectors[2].signature))
        for bit in 0..<(64 * 8) {
            var other = signature
            other[bit / 8] ^= 1 << (bit % 8)
            #expect(!key.isValid(other, for: message))
        }
        for bit in 0..<256 {
            var bytes = key.bytes
            bytes[bit / 8] ^= 1 << (bit % 8)
            #expect(try !Ed25519PublicKey(bytes).isValid(signature, for: message))
        }
        #expect(!key.isValid(signature, for: message + [0]))
        #expect(!key.isValid(signature + [0], for: message))
        #expect(!key.isValid(signature.dropLast(), for: message))
        #expect(!key.isValid([], for: message))
        #expect(throws: CryptographyError.invalidKey) { try Ed25519PublicKey([UInt8](repeating: 1, count: 31)) }
        #expect(throws: CryptographyError.invalidKey) { try Ed25519PrivateKey(seed: []) }
    }

    @Test("a signature whose number is not below the group's order is refused (RFC 8032 section 5.1.7)")
    func malleable() throws {
        let key = try Ed25519PrivateKey(seed: hex(vectors[1].seed)).publicKey
        let order = hex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010")
        var signature = hex(vectors[1].signature)
        var carry = 0
        for index in 0..<32 {
            let sum = Int(signature[32 + index]) + Int(order[index]) + carry
            signature[32 + index] = UInt8(sum & 0xFF)
            carry = sum >> 8
        }
        #expect(!key.isValid(signature, for: hex(vectors[1].message)))
    }

    @Test("the thumbprint of RFC 8037, appendix A.3")
    func thumbprint() throws {
        let key = try Ed25519PublicKey(try #require(Base64URL.decode("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")))
        #expect(key.thumbprint == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k")
        #expect(key.jwk.contains(#""x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo""#))
    }

    @Test("the highest version signs, older ones verify, with or without their private key")
    func versions() throws {
        let ring = try Ed25519KeyRing(json: keyFile(1, 3, 2))
        #expect(ring.versions == [1, 2, 3])
        let old = try Ed25519KeyRing(json: keyFile(1, 2))
        let signed = old.current.signature(of: [1])
        #expect(ring.publicKeys.map { $0.isValid(signed, for: [1]) } == [false, true, false])
        #expect(ring.current.publicKey == ring.publicKeys[0])
        let key = Base64URL.encode([UInt8](repeating: 3, count: 32))
        let retired = try Ed25519KeyRing(
            json: """
                {"keys":[{"version":2,"public":"\(Base64URL.encode(old.current.publicKey.bytes))"},
                         {"version":3,"key":"\(key)"}]}
                """)
        #expect(retired.publicKeys[1].isValid(signed, for: [1]))
        #expect(retired.current.publicKey == ring.current.publicKey)
        #expect("\(ring) \(String(reflecting: ring))".contains("versions: [1, 2, 3]"))
    }

    @Test(
        "a key file that cannot be used is refused, and the reason quotes none of it",
        arguments: [
            "", "{}", #"{"keys":[]}"#, #"{"keys":[{"version":0,"key":"AA"}]}"#, #"{"keys":[{"version":1}]}"#,
            #"{"keys":[{"version":1,"key":"c2VjcmV0"}]}"#, keyFile(1, 1), keyFile(1) + "x",
            #"{"keys":[{"version":1,"public":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#,
        ])
    func mistakes(file: String) {
        do {
            _ = try Ed25519KeyRing(json: file)
            Issue.record("it was taken")
        } catch {
            #expect(!"\(error)".contains("c2VjcmV0"))
        }
    }

    @Test("a JWS opens under its key and type alone, and with no character changed")
    func jws() throws {
        let ring = try Ed25519KeyRing(json: keyFile(1, 2))
        let payload = [UInt8](#"{"index":"3-1042"}"#.utf8)
        let text = Ed25519JWS.sign(payload, type: "receipt+jwt", by: ring)
        let later = try Ed25519KeyRing(json: keyFile(1, 2, 3))
        #expect(try Ed25519JWS.open(text, type: "receipt+jwt", by: later.publicKeys) == payload)
        #expect(throws: CryptographyError.cannotOpen) {
            try Ed25519JWS.open(text, type: "certificate+jwt", by: later.publicKeys)
        }
        let other = try Ed25519KeyRing(json: keyFile(1, 3))
        #expect(throws: CryptographyError.cannotOpen) {
            try Ed25519JWS.open(text, type: "receipt+jwt", by: other.publicKeys)
        }
        for text in tampered(text) + ["", "..", text + ".", String(text.dropLast())] {
            #expect(throws: CryptographyError.cannotOpen) {
                try Ed25519JWS.open(text, type: "receipt+jwt", by: ring.publicKeys)
            }
        }
    }

    @Test("RFC 8037, appendix A.4: the signature of a JWS")
    func publishedJWS() throws {
        let seed = try #require(Base64URL.decode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"))
        let input = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc"
        let signature = try Ed25519PrivateKey(seed: seed).signature(of: [UInt8](input.utf8))
        #expect(
            Base64URL.encode(signature)
                == "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg")
    }
}
