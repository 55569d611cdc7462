import Models
import Testing

@Suite struct AddressTests {
    @Test(
        "addresses that a mail can go to",
        arguments: [
            "a@b", "anna.berg+news@example.com", "o'hara@example.co.uk", "jörg@müller.example",
            "x@xn--mller-kva.example",
            "UPPER@EXAMPLE.COM", "1@2.3",
        ])
    func accepted(text: String) { #expect(EmailAddress(text)?.text == text) }

    @Test(
        "what could break out of a header or an SMTP command is no address",
        arguments: [
            "", "a", "@b", "a@", "a@b\r\nBcc: x@y", "a@b\n", "a\u{0}@b", "a b@c", "a@b c", "<a@b>", "a@b>", "\"a\"@b",
            "a@b,c@d",
            "a@b;c@d", "Anna <a@b>", ".a@b", "a.@b", "a..b@c", "a@-b", "a@b-", "a@b..c", "a@[127.0.0.1]", "a(b)@c",
            "a@b\u{202e}", "a\u{200b}@b", "a@b\u{2028}", "a\u{85}@b", "a:b@c", "a\\@b",
        ])
    func refused(text: String) { #expect(EmailAddress(text) == nil) }

    @Test("lengths are those of RFC 5321")
    func lengths() {
        #expect(EmailAddress(String(repeating: "a", count: 64) + "@b") != nil)
        #expect(EmailAddress(String(repeating: "a", count: 65) + "@b") == nil)
        let label = String(repeating: "b", count: 63)
        #expect(EmailAddress("a@" + label) != nil)
        #expect(EmailAddress("a@b" + label) == nil)
        #expect(EmailAddress("a@" + Array(repeating: label, count: 4).joined(separator: ".")) == nil)
    }

    @Test(
        "a contact's id", arguments: [("c-1001", true), ("A.b_c:d-9", true), ("", false), ("a b", false), ("ä", false)])
    func contactID(text: String, isValid: Bool) { #expect((ContactID(text) != nil) == isValid) }

    @Test("a contact's id has at most 128 characters")
    func contactIDLength() {
        #expect(ContactID(String(repeating: "a", count: 128)) != nil)
        #expect(ContactID(String(repeating: "a", count: 129)) == nil)
    }
}
