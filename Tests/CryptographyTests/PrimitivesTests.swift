import Testing

@testable import Cryptography

struct PrimitivesTests {
    @Test("SHA-256 agrees with FIPS 180")
    func sha256() {
        #expect(
            Digest.sha256([UInt8]("abc".utf8))
                == hex("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"))
        #expect(
            Digest.sha256([]) == hex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"))
    }

    @Test("Random bytes have the length asked for and do not repeat")
    func random() {
        #expect(Random.bytes(0).isEmpty)
        #expect(Random.bytes(33).count == 33)
        #expect(Set((0..<100).map { _ in Random.bytes(16) }).count == 100)
    }

    @Test(
        "HMAC-SHA-256 agrees with RFC 4231",
        arguments: [
            (
                [UInt8](repeating: 0x0B, count: 20), [UInt8]("Hi There".utf8),
                "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
            ),
            (
                [UInt8]("Jefe".utf8), [UInt8]("what do ya want for nothing?".utf8),
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
            ),
            (
                [UInt8](repeating: 0xAA, count: 20), [UInt8](repeating: 0xDD, count: 50),
                "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"
            ),
            (
                [UInt8](1...25), [UInt8](repeating: 0xCD, count: 50),
                "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"
            ),
            (
                [UInt8](repeating: 0xAA, count: 131),
                [UInt8]("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
            ),
        ])
    func hmac(key: [UInt8], message: [UInt8], expected: String) {
        let mac = MACKey(key)
        // Twice: the second answer shows that the kept state is not used up.
        #expect(mac.hmacSHA256(message) == hex(expected))
        #expect(mac.hmacSHA256(message) == hex(expected))
        #expect(mac.isValid(hex(expected), for: message))
    }

    @Test("A MAC with any bit changed, cut or lengthened is not valid")
    func tamperedMAC() {
        let key = MACKey([1, 2, 3])
        let mac = key.hmacSHA256([4])
        for bit in 0..<(mac.count * 8) {
            var other = mac
            other[bit / 8] ^= 1 << (bit % 8)
            #expect(!key.isValid(other, for: [4]))
        }
        #expect(!key.isValid([UInt8](mac.dropLast()), for: [4]))
        #expect(!key.isValid(mac + [0], for: [4]))
        #expect(!key.isValid([], for: [4]))
        #expect(!key.isValid(mac, for: [5]))
    }

    @Test("One key serves many tasks at once")
    func concurrency() async {
        let mac = MACKey([UInt8]("Jefe".utf8))
        let expected = hex("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
        let sealing = PrivateSealingKey.generate()
        let wrong = await withTaskGroup(of: Int.self) { group in
            for task in 0..<8 {
                group.addTask {
                    (0..<200).count { round in
                        let value = [UInt8("\(task) \(round)".utf8.count)]
                        let sealed = JWE.seal(value, to: sealing.publicKey, header: [:])
                        let opened = try? JWE.open(sealed) { _ in sealing }
                        return mac.hmacSHA256([UInt8]("what do ya want for nothing?".utf8)) != expected
                            || opened?.plaintext != value
                    }
                }
            }
            return await group.reduce(0, +)
        }
        #expect(wrong == 0)
    }

    @Test("Base64url agrees with RFC 4648 without padding")
    func base64URL() {
        let vectors = [
            ("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob", "Zm9vYg"), ("fooba", "Zm9vYmE"),
            ("foobar", "Zm9vYmFy"),
        ]
        for (plain, text) in vectors {
            #expect(Base64URL.encode([UInt8](plain.utf8)) == text)
            #expect(Base64URL.decode(text) == [UInt8](plain.utf8))
            let padded = text + String(repeating: "=", count: (4 - text.count % 4) % 4)
            #expect(Base64URL.decodeStandard(padded) == [UInt8](plain.utf8))
        }
        #expect(Base64URL.encode([0xFB, 0xFF]) == "-_8")
        #expect(Base64URL.decode("-_8") == [0xFB, 0xFF])
        #expect(Base64URL.decodeStandard("+/8=") == [0xFB, 0xFF])
        for length in 0..<70 {
            let bytes = Random.bytes(length)
            #expect(Base64URL.decode(Base64URL.encode(bytes)) == bytes)
        }
    }

    @Test(
        "Base64url that is not canonical is refused",
        arguments: ["Zh", "Zm9", "Z", "Zg==", "Zg=", "Zm9v\n", " Zm9v", "Zm+v", "Zm/v", "Zm9vY", "Zmév", "=", "Zm9v="])
    func base64URLRefused(text: String) {
        #expect(Base64URL.decode(text) == nil)
    }

    @Test(
        "Standard base64 that is not canonical is refused",
        arguments: ["Zg", "Zg=", "Zh==", "Zm9=", "Zg==\n", "-_8=", "====", "Z===", "=Zg=", "Zg==Zg=="])
    func base64Refused(text: String) {
        #expect(Base64URL.decodeStandard(text) == nil)
    }
}
