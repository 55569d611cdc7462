import Foundation
import Models
import Testing

@testable import Cryptography

struct KeyRingTests {
    @Test("The current key is the highest version, the oldest the lowest, in whatever order they stand")
    func versions() throws {
        let ring = try KeyRing(json: keyFile(2, 10, 1))
        #expect(ring.current.version == 10)
        #expect(ring.oldest.version == 1)
        #expect(ring.versions == [1, 2, 10])
        #expect(ring.key(version: 2)?.encryption.secret.bytes == [UInt8](repeating: 2, count: 32))
        #expect(ring.key(version: 3) == nil)
        let mac = MACKey([UInt8](repeating: 2, count: 32)).hmacSHA256([1])
        #expect(ring.key(version: 2)?.mac.hmacSHA256([1]) == mac)
    }

    @Test("A file that is malformed is refused with a reason that quotes nothing of it")
    func malformed() throws {
        let key = Base64URL.encode([UInt8](repeating: 9, count: 32))
        let files = [
            "", "{}", "[]", #"{"keys":[]}"#, #"{"keys":{}}"#, #"{"keys":[1]}"#, keyFile(1, 1), keyFile(0),
            keyFile(65_536),
            #"{"keys":[{"version":1}]}"#, #"{"keys":[{"key":"\#(key)"}]}"#,
            #"{"keys":[{"version":"1","key":"\#(key)"}]}"#,
            #"{"keys":[{"version":-1,"key":"\#(key)"}]}"#, #"{"keys":[{"version":1.0,"key":"\#(key)"}]}"#,
            #"{"keys":[{"version":01,"key":"\#(key)"}]}"#, #"{"keys":[{"version":1,"key":"\#(key)="}]}"#,
            #"{"keys":[{"version":1,"key":"\#(key)AA"}]}"#, #"{"keys":[{"version":1,"key":""}]}"#,
            #"{"keys":[{"version":1,"key":"\#(key)","version":2}]}"#,
            #"{"keys":[{"version":1,"key":"\#(key)","a":1}]}"#,
            #"{"keys":[{"version":1,"key":"\#(key)"},]}"#, keyFile(1) + "x", #"{"keys":[[[[[[]]]]]]}"#,
            #"{"keys":[{"version":99999999999999999999,"key":"\#(key)"}]}"#, String(repeating: " ", count: 200_000),
        ]
        for file in files {
            let error = #expect(throws: CryptographyError.self, "\(file.prefix(100))") { try KeyRing(json: file) }
            guard case .invalidKeyRing(let reason) = error else {
                Issue.record("another error: \(String(describing: error))")
                continue
            }
            #expect(!reason.contains(key))
        }
    }

    @Test("No description, dump or mirror shows a key")
    func hidden() throws {
        let bytes = [UInt8](repeating: 0xA7, count: 32)
        let text = #"{"keys":[{"version":1,"key":"\#(Base64URL.encode(bytes))"}]}"#
        let sealing = try PrivateSealingKey(bytes)
        let ring = try KeyRing(json: text)
        let values: [Any] = [
            try #require(AESKey(bytes)), MACKey(bytes), sealing, ring, ring.current, [ring.current], SecretBytes(bytes),
        ]
        for value in values {
            var dumped = ""
            dump(value, to: &dumped)
            for shown in [dumped, "\(value)", String(reflecting: value), "\(Optional(value) as Any)"] {
                for secret in ["167", "a7a7", "A7A7", "p6en", "0x"] { #expect(!shown.contains(secret), "\(shown)") }
            }
        }
        #expect("\(ring)" == "KeyRing(versions: [1])")
    }
}

struct LinkTokenTests {
    private let id = UUID(uuid: (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16))

    @Test("A token opens as its own class and as no other", arguments: LinkClass.allCases)
    func classes(linkClass: LinkClass) throws {
        let ring = try KeyRing(json: keyFile(1, 2))
        let token = LinkToken.make(linkClass, id: id, with: ring)
        #expect(token.count == 55)
        let isLetters = token.allSatisfy { $0.isLetter }
        #expect(isLetters, "P6 a code is the only digits of its mail")
        for other in LinkClass.allCases {
            #expect(LinkToken.verify(token, other, with: ring) == (other == linkClass ? id : nil))
        }
    }

    @Test("A token with any bit changed, cut, lengthened or written otherwise does not open")
    func tampering() throws {
        // 1 and 257 have the same key in this file: the version is authenticated all the same.
        let ring = try KeyRing(json: keyFile(1, 2, 3, 256, 257))
        let token = LinkToken.make(.page, id: id, with: ring)
        #expect(LinkToken.verify(token, .page, with: ring) == id)
        let bytes = try #require(LetterCode.decode(token))
        for bit in 0..<(bytes.count * 8) {
            var other = bytes
            other[bit / 8] ^= 1 << (bit % 8)
            #expect(LinkToken.verify(LetterCode.encode(other), .page, with: ring) == nil)
        }
        for other in tampered(token) { #expect(LinkToken.verify(other, .page, with: ring) == nil) }
        let others = ["", token + "a", token + "A", token + "=", token + "==", String(token.dropLast()), " " + token]
        for other in others { #expect(LinkToken.verify(other, .page, with: ring) == nil) }
        let last = try #require(token.last)
        for character in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_" where character != last {
            #expect(LinkToken.verify(token.dropLast() + String(character), .page, with: ring) == nil)
        }
    }

    @Test("A token outlives a rotation and ends with its key")
    func rotation() throws {
        let before = try KeyRing(json: keyFile(299, 300))
        let token = LinkToken.make(.access, id: id, with: before)
        #expect(LinkToken.verify(token, .access, with: try KeyRing(json: keyFile(300, 301))) == id)
        #expect(LinkToken.verify(token, .access, with: try KeyRing(json: keyFile(299, 301))) == nil)
    }

    @Test("P6 a link's code is six digits, the same each time, and another link's or class's is another")
    func code() throws {
        let ring = try KeyRing(json: keyFile(1, 2))
        let ids = (0..<500).map { _ in UUID() }
        let codes = ids.map { LinkToken.code(.optIn, id: $0, with: ring) }
        #expect(codes.allSatisfy { $0.utf8.count == 6 && $0.utf8.allSatisfy { (0x30...0x39).contains($0) } })
        #expect(Set(codes).count > 490)
        for (id, code) in zip(ids, codes) { #expect(LinkToken.isCode(code, .optIn, id: id, with: ring)) }
        let known = LinkToken.code(.optIn, id: id, with: ring)
        let rotated = try KeyRing(json: keyFile(2, 3))
        #expect(LinkToken.isCode(known, .optIn, id: id, with: rotated))
        let without = try KeyRing(json: keyFile(1, 3))
        #expect(!LinkToken.isCode(known, .optIn, id: id, with: without))
        #expect(!LinkToken.isCode(known, .confirm, id: id, with: ring))
        for other in ["", String(known.dropLast()), known + "0", " " + known] {
            #expect(!LinkToken.isCode(other, .optIn, id: id, with: ring))
        }
    }

    @Test("C2 a tracked link says contact, item and target, opens as its own class alone, and no bit can be changed")
    func details() throws {
        let ring = try KeyRing(json: keyFile(1, 2))
        let details = ["spring#1", "https://example.com/?a=1&b=2#part"]
        let token = LinkToken.make(.link, id: id, subject: "c-1001", details: details, with: ring)
        #expect(token.allSatisfy { $0.isLetter })
        let opened = LinkToken.Opened(id: id, subject: "c-1001", details: details)
        for linkClass in LinkClass.allCases {
            #expect(LinkToken.open(token, linkClass, with: ring) == (linkClass == .link ? opened : nil))
        }
        let bytes = try #require(LetterCode.decode(token))
        for bit in 0..<(bytes.count * 8) {
            var other = bytes
            other[bit / 8] ^= 1 << (bit % 8)
            #expect(LinkToken.open(LetterCode.encode(other), .link, with: ring) == nil)
        }
        for count in 0..<token.count { #expect(LinkToken.open(String(token.prefix(count)), .link, with: ring) == nil) }
        // Another split of the same text is the same text, so a line feed could not be told apart: none may be given.
        let pixel = LinkToken.make(.pixel, id: id, subject: "c-1001", details: ["spring"], with: ring)
        #expect(LinkToken.open(pixel, .pixel, with: ring)?.details == ["spring"])
        #expect(LinkToken.open(pixel, .link, with: ring) == nil)
    }

    @Test(
        "C2 the longest contact, item and target fit a link, and a token that is longer than its class allows is none")
    func longest() throws {
        let ring = try KeyRing(json: keyFile(1))
        let contact = String(repeating: "c", count: 128), item = String(repeating: "i", count: 256)
        let target = String(repeating: "t", count: LinkToken.longestTarget)
        let link = LinkToken.make(.link, id: id, subject: contact, details: [item, target], with: ring)
        #expect(LinkToken.open(link, .link, with: ring)?.details == [item, target])
        #expect(link.count < 4096)
        for linkClass in LinkClass.allCases where linkClass != .link {
            #expect(LinkToken.open(link, linkClass, with: ring) == nil)
        }
    }

    @Test("A token is the documented bytes")
    func format() throws {
        let ring = try KeyRing(json: keyFile(258))
        let bytes = try #require(LetterCode.decode(LinkToken.make(.optIn, id: id, with: ring)))
        let message = [UInt8]("assent link token 1\0o".utf8) + [1, 2] + [UInt8](1...16)
        let mac = MACKey([UInt8](repeating: 2, count: 32)).hmacSHA256(message)
        #expect(bytes == [1, 2] + [UInt8](1...16) + mac.prefix(16))
    }
}

struct KeyedHashTests {
    @Test("O15 an address is hashed under every version of the key, newest first, and each hash names its version")
    func versions() throws {
        let message = [UInt8]("assent address 1\0anna@example.org".utf8)
        let expected = [UInt8(2), 1].map { version in
            let mac = MACKey([UInt8](repeating: version, count: 32)).hmacSHA256(message)
            return "1.\(version).\(Base64URL.encode(mac))"
        }
        let ring = try KeyRing(json: keyFile(1, 2))
        #expect(KeyedHash.address("anna@example.org", with: ring) == expected)
        #expect(KeyedHash.address("anna@example.org", with: try KeyRing(json: keyFile(1))) == [expected[1]])
        #expect(KeyedHash.address("anne@example.org", with: ring) != expected)
        #expect(KeyedHash.messageID("anna@example.org", with: ring) != expected)
    }

    @Test("a token that says whose it is opens as that, and only so")
    func subjects() throws {
        let ring = try KeyRing(json: keyFile(1))
        let id = UUID()
        let token = LinkToken.make(.unsubscribe, id: id, subject: "c-1001", with: ring)
        #expect(LinkToken.open(token, .unsubscribe, with: ring) == LinkToken.Opened(id: id, subject: "c-1001"))
        #expect(LinkToken.open(token, .optIn, with: ring) == nil)
        #expect(LinkToken.verify(token, .unsubscribe, with: ring) == nil)
        for other in tampered(token) { #expect(LinkToken.open(other, .unsubscribe, with: ring) == nil) }
    }
}
