import Models
import Testing

@Suite struct AddressTests {
    @Test(
        "addresses that a mail can go to",
        arguments: [
            "a@b.de", "anna.berg+news@example.com", "o'hara@example.co.uk", "jörg@example.com",
            "x@xn--mller-kva.example", "1@2.a3", "UPPER@example.com", "a@r3---sn.example", "a@3.example",
        ])
    func accepted(text: String) { #expect(EmailAddress(text)?.text == text) }

    @Test(
        "what could break out of a header or an SMTP command is no address",
        arguments: [
            "", "a", "@b.de", "a@", "a@b.de\r\nBcc: x@y.de", "a@b.de\n", "a\u{0}@b.de", "a b@c.de", "a@b c.de",
            "<a@b.de>", "a@b.de>", "\"a\"@b.de", "a@b.de,c@d.de", "a@b.de;c@d.de", "Anna <a@b.de>", ".a@b.de",
            "a.@b.de", "a..b@c.de", "a@-b.de", "a@b-.de", "a@b.de-", "a@b..c", "a@.b.de", "a@b.de.", "a@[127.0.0.1]",
            "a(b)@c.de", "a@b\u{202e}.de", "a\u{200b}@b.de", "a@b\u{2028}.de", "a\u{85}@b.de", "a:b@c.de", "a\\@b.de",
            "a@ü\n.de", "a@ü\u{0}.de", "a@ü.de\u{0}x", "a@ü b.de", "a@ü_b.de", "a@b_c.ü.de", "a@℀.com", "a@ü@b.de",
            "a@ü..de",
        ])
    func refused(text: String) { #expect(EmailAddress(text) == nil) }

    @Test(
        "O15 all spellings of one domain are one address",
        arguments: [
            (
                "victim@example.com",
                [
                    "victim@ｅxample.com", "victim@ｅｘample.com", "victim@EXAMPLE.com", "victim@ⓔxample.com",
                    "victim@example。com", "victim@exa\u{ad}mple.com", "victim@e𝐱ample.com",
                ]
            ),
            (
                "x@xn--bcher-kva.de",
                [
                    "x@bücher.de", "x@BÜCHER.DE", "x@bu\u{308}cher.de", "x@XN--BCHER-KVA.de",
                    "x@ｂücher.de", "x@xn--Bcher-kva.DE",
                ]
            ),
            ("x@xn--fa-hia.de", ["x@faß.de", "x@FAß.de"]), ("x@xn--3xab.gr", ["x@σς.gr"]),
            ("J\u{f6}rg@b.de", ["Jo\u{308}rg@B.de"]),
        ])
    func spellings(text: String, others: [String]) {
        for other in others { #expect(EmailAddress(other)?.text == text, "\(other)") }
    }

    @Test("O15 the part before the @ is compared by NFC and case, and sent as it was given")
    func mailbox() throws {
        let address = try #require(EmailAddress("Jo\u{308}RG@Example.COM"))
        #expect(address.mailbox == "j\u{f6}rg@example.com")
        #expect(Array(address.local.utf8) == Array("J\u{f6}RG".utf8))
        #expect(address.ascii == nil)
        #expect(EmailAddress("Anna@bücher.de")?.ascii == "Anna@xn--bcher-kva.de")
    }

    @Test(
        "O15 what is wrong with an address is said, without the address",
        arguments: [
            ("anna", "it has no @"), ("@example.com", "nothing stands before the @"),
            ("a@localhost", "the domain has no dot"), ("a@example.123", "the domain ends in a number"),
            ("a@example.１２３", "the domain ends in a number"), ("a@127.0.0.1", "the domain ends in a number"),
            ("a@127.0.0.0x1", "the domain ends in a number"),
            ("a@xn--ü.example", "the domain is no valid internationalised name (UTS 46)"),
            ("a@xn--zzzzzzzz9999.de", "the domain is no valid internationalised name (UTS 46)"),
            ("a@xn--a.de", "the domain is no valid internationalised name (UTS 46)"),
            ("a@1\u{5d0}\u{5d1}.com", "the domain is no valid internationalised name (UTS 46)"),
            ("a@a\u{200c}b.com", "the domain is no valid internationalised name (UTS 46)"),
            ("a@b_c.de", "the domain has a character that none may have"), ("a@b..de", "the domain has an empty label"),
            ("a@-b.de", "a label of the domain begins or ends with a hyphen"),
        ])
    func mistakes(text: String, mistake: String) throws {
        #expect(throws: EmailAddress.Mistake(mistake)) { try EmailAddress(checking: text) }
        let reader = try Reader(["email": .string(text)], at: "/data")
        #expect(throws: Refusal(.invalidField, "must be an e-mail address: \(mistake)", at: "/data/email")) {
            try reader.email("email")
        }
    }

    @Test("lengths are those of RFC 5321, after the conversion")
    func lengths() {
        #expect(EmailAddress(String(repeating: "a", count: 64) + "@b.de") != nil)
        #expect(EmailAddress(String(repeating: "a", count: 65) + "@b.de") == nil)
        let label = String(repeating: "b", count: 63)
        #expect(EmailAddress("a@\(label).de") != nil)
        #expect(EmailAddress("a@b\(label).de") == nil)
        #expect(EmailAddress("a@" + Array(repeating: label, count: 4).joined(separator: ".")) == nil)
        // A hundred bytes of UTF-8 that are more than 63 of an A-label.
        #expect(EmailAddress("a@" + String(repeating: "öx", count: 33) + ".de") == nil)
    }

    @Test(
        "a contact's id", arguments: [("c-1001", true), ("A.b_c:d-9", true), ("", false), ("a b", false), ("ä", false)])
    func contactID(text: String, isValid: Bool) { #expect((ContactID(text) != nil) == isValid) }

    @Test("a contact's id has at most 128 characters")
    func contactIDLength() {
        #expect(ContactID(String(repeating: "a", count: 128)) != nil)
        #expect(ContactID(String(repeating: "a", count: 129)) == nil)
    }

    @Test(
        "a language tag",
        arguments: [
            ("de", true), ("pt-BR", true), ("zh-Hant-TW", true), ("", false), ("d", false),
            ("de_DE", false), ("de--x", false), ("../x", false), ("deutschland", false),
        ])
    func locale(text: String, isValid: Bool) throws {
        let reader = try Reader(["locale": .string(text)], at: "/data")
        if isValid {
            #expect(try reader.optionalLocale("locale") == text)
        } else {
            #expect(throws: Refusal.self) { try reader.optionalLocale("locale") }
        }
    }
}

@Suite struct ReaderTests {
    @Test("a refusal points to the place, escaped as RFC 6901 says")
    func pointers() throws {
        let reader = try Reader(["a/b": ["c~d": 1], "list": ["x", 2]], at: "/data")
        #expect(throws: Refusal(.invalidField, "must be a string", at: "/data/a~1b/c~0d")) {
            try reader.object("a/b").text("c~d")
        }
        #expect(throws: Refusal(.invalidField, "must be a string of 1 to 128 bytes", at: "/data/list/1")) {
            try reader.names("list", limit: 10)
        }
        #expect(throws: Refusal(.invalidField, "is required", at: "/data/missing")) { try reader.bool("missing") }
        #expect(throws: Refusal(.tooLarge, "has more than 1 elements", at: "/data/list")) {
            try reader.array("list", limit: 1)
        }
    }

    @Test("a sensitive key is refused before anything else, and its message is not kept")
    func sensitive() throws {
        let reader = try Reader(["email": 7, "profile": ["creditCard": "4111"]], at: "/data")
        do throws(Refusal) {
            _ = try ContactChange(reading: reader, sensitive: ["creditCard"])
            Issue.record("accepted")
        } catch {
            #expect(error.code == .invalidField)
            #expect(error.pointer == "/data/profile/creditCard")
            #expect(error.dropsBody)
        }
    }
}
