import Testing

@testable import Cryptography

struct JWETests {
    private let key = PrivateSealingKey.generate()
    private let ephemeral = PrivateSealingKey.generate()

    private func open(_ text: String) throws(CryptographyError) -> JWE.Opened {
        try JWE.open(text) { $0 == key.publicKey.thumbprint ? key : nil }
    }

    /// A JWE whose tag is right whatever its header says, so that only the header can be what is refused.
    private func sealed(_ header: String) -> String {
        JWE.compact([7], contentKey: JWE.contentKey(ephemeral.handle, key.publicKey.handle), header: header)
    }

    private func header(
        alg: String = #""ECDH-ES""#, enc: String = #""A256GCM""#, kid: String? = nil, epk: String? = nil,
        more: String = ""
    ) -> String {
        let kid = kid ?? "\"\(key.publicKey.thumbprint)\""
        return #"{"alg":\#(alg),"enc":\#(enc),"kid":\#(kid),"epk":\#(epk ?? ephemeral.publicKey.jwk)\#(more)}"#
    }

    @Test("What is sealed opens, with its header")
    func roundTrip() throws {
        for length in [0, 1, 15, 16, 17, 200, 70_000] {
            let plaintext = Random.bytes(length)
            let members = ["sub": "contact", "field": "a \"quoted\" \\ \n \u{1} Grüße 🙂"]
            let opened = try open(JWE.seal(plaintext, to: key.publicKey, header: members))
            #expect(opened.plaintext == plaintext)
            let expected = ["alg": "ECDH-ES", "enc": "A256GCM", "kid": key.publicKey.thumbprint]
            #expect(opened.header == members.merging(expected) { $1 })
        }
    }

    @Test("Sealing twice uses two ephemeral keys")
    func ephemeralKeys() {
        let texts = (0..<2).map { _ in JWE.seal([7], to: key.publicKey, header: [:]) }
        #expect(texts[0].split(separator: ".").first != texts[1].split(separator: ".").first)
    }

    @Test("A JWE with any character changed or cut off does not open")
    func tampering() {
        let text = JWE.seal([UInt8]("value".utf8), to: key.publicKey, header: ["sub": "c"])
        for other in tampered(text) {
            #expect(throws: CryptographyError.cannotOpen) { try open(other) }
        }
        for length in 0..<text.count {
            #expect(throws: CryptographyError.cannotOpen) { try open(String(text.prefix(length))) }
        }
    }

    @Test("A JWE for another key or an unknown kid does not open")
    func otherKey() {
        let other = PrivateSealingKey.generate()
        let text = JWE.seal([7], to: other.publicKey, header: [:])
        #expect(throws: CryptographyError.cannotOpen) { try open(text) }
        #expect(throws: CryptographyError.cannotOpen) { try JWE.open(text) { _ in key } }
        #expect(throws: CryptographyError.cannotOpen) { try JWE.open(text) { _ in nil } }
    }

    @Test("A header of other spacing, order and members opens: only what matters is strict")
    func foreignHeaders() throws {
        let good = [
            header(), header(more: #","sub":"c","typ":"JOSE""#), header().replacing(",", with: " ,\n\t"),
            header(epk: ephemeral.publicKey.ephemeralJWK), header(alg: #""\u0045CDH-ES""#),
            header(epk: ephemeral.publicKey.jwk.replacing("{", with: #"{"ext":true,"key_ops":[],"#)),
        ]
        for header in good { #expect(try open(sealed(header)).plaintext == [7], "\(header)") }
    }

    @Test("A header that is not exactly right is refused though its tag is right")
    func headers() throws {
        let epk = ephemeral.publicKey.jwk
        let x = try #require(ephemeral.publicKey.jwkMembers["x"])
        let bad = [
            "", "{}", "[]", "null", "{", header() + "}", header() + "{}", String(header().dropLast()),
            header(alg: #""ECDH-ES+A256KW""#), header(alg: #""dir""#), header(alg: #""none""#), header(alg: #""""#),
            header(alg: #""ecdh-es""#), header(alg: "null"), header(alg: #"["ECDH-ES"]"#), header(alg: "1"),
            header(enc: #""A128GCM""#), header(enc: #""A256CBC-HS512""#), header(enc: "null"), header(enc: "{}"),
            header(kid: #""unknown""#), header(kid: "null"), header(kid: "1"), header(kid: #""""#),
            header(more: #","zip":"DEF""#), header(more: #","zip":null"#), header(more: #","crit":["exp"]"#),
            header(more: #","crit":"exp""#), header(more: #","apu":"QWxpY2U""#), header(more: #","apv":"Qm9i""#),
            header(more: #","sub":1"#), header(more: #","sub":null"#), header(more: #","sub":{"a":"b"}"#),
            header(more: #","sub":["a"]"#), header(more: #","sub":true"#), header(more: #","sub":"a","sub":"a""#),
            header(more: #","alg":"ECDH-ES""#), header(more: #","\u0061lg":"ECDH-ES""#), header(more: #","epk":"" "#),
            header(more: #","epk":\#(epk)"#), header(more: ","), header(more: #","sub":"\#u{1}""#),
            header(more: #","sub":"\ud800""#), header(more: #","sub":"\udc00\ud800""#), header(more: #","sub":"\x""#),
            header(more: #","sub":"\u12""#), header(more: #","sub":"\u+123""#), header(more: #","sub":'a'"#),
            header(epk: "null"), header(epk: #""x""#), header(epk: "{}"), header(epk: "[\(epk)]"),
            header(epk: epk.replacing("P-256", with: "P-384")), header(epk: epk.replacing("EC", with: "OKP")),
            header(epk: epk.replacing(x, with: AppendixC.bobX)), header(epk: epk.replacing(x, with: x + "=")),
            header(epk: epk.replacing(x, with: String(repeating: "A", count: 43))),
            header(epk: epk.replacing("{", with: #"{"d":"AA","#)),
            header(epk: epk.replacing("{", with: #"{"x":"\#(x)","#)),
            header(more: #","sub":"\#(String(repeating: "a", count: 4096))""#),
            header().replacing(#""alg":"ECDH-ES","#, with: ""), header().replacing(#""enc":"A256GCM","#, with: ""),
            header().replacing(#","epk":\#(epk)"#, with: ""), "\u{FEFF}" + header(),
        ]
        for header in bad {
            #expect(throws: CryptographyError.cannotOpen, "\(header)") { try open(sealed(header)) }
        }
        #expect(throws: CryptographyError.cannotOpen, "no kid") {
            try open(sealed(header().replacing(#""kid":"\#(key.publicKey.thumbprint)","#, with: "")))
        }
    }

    @Test("Parts that are too many, too few, too long, filled or not canonical are refused")
    func parts() throws {
        let text = sealed(header())
        let parts = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        func with(_ index: Int, _ part: String) -> String {
            var other = parts
            other[index] = part
            return other.joined(separator: ".")
        }
        #expect(try open(parts.joined(separator: ".")).plaintext == [7])
        let short = String(parts[2].dropLast(4))
        let texts = [
            "", ".", "....", ".....", text + ".", "." + text, text + "\n", " " + text, text.replacing("..", with: "."),
            with(1, "AAAA"), with(0, parts[0] + "="), with(2, parts[2] + "="), with(3, parts[3] + "=="),
            with(4, parts[4] + "=="), with(2, ""), with(3, ""), with(4, ""), with(2, short), with(2, parts[2] + "AAAA"),
            with(4, String(parts[4].dropLast(6))), with(4, parts[4] + "AA"), with(3, "A"), with(3, "+/"),
            with(3, "é"), with(3, String(repeating: "A", count: JWE.longestCompact)),
            with(0, String(repeating: "A", count: 5000)),
        ]
        for other in texts {
            #expect(throws: CryptographyError.cannotOpen, "\(other.prefix(900))") { try open(other) }
        }
        // The tag's last character has four unused bits: none of the fifteen others may stand for it.
        let last = try #require(parts[4].last)
        for character in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_" where character != last {
            #expect(throws: CryptographyError.cannotOpen) {
                try open(with(4, String(parts[4].dropLast()) + String(character)))
            }
        }
    }
}
