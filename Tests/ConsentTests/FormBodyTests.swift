import Testing

@testable import ConsentService

@Suite("A posted form")
struct FormBodyTests {
    private func form(_ type: String?, _ body: String) -> FormBody? {
        FormBody(contentType: type, body: Array(body.utf8))
    }

    @Test("O11 a one-click POST is read in the form of a browser, with any letter case and a charset")
    func urlEncoded() {
        let types = ["application/x-www-form-urlencoded", "Application/X-WWW-Form-Urlencoded; charset=utf-8"]
        for type in types { #expect(form(type, "List-Unsubscribe=One-Click")?["List-Unsubscribe"] == "One-Click") }
        #expect(form(types[0], "a=1%2B1+%C3%BC&a=2&b&=c")?["a"] == "1+1 ü")
        #expect(form(types[0], "b")?["b"] == "")
    }

    @Test(
        "P6 a code counts with spaces around it and in between, as people write it",
        arguments: [
            ("123456", "123456"), ("+123+456+", "123456"), ("1+2%093%0D%0A4+5+6", "123456"),
            ("%C2%A0012%E2%80%89345", "012345"), ("12345", "12345"), ("123-456", "123-456"), ("abc", "abc"),
        ])
    func code(_ typed: String, _ code: String) {
        #expect(form("application/x-www-form-urlencoded", "code=\(typed)")?.code == code)
    }

    @Test("P6 nothing typed in is no code", arguments: ["action=confirm", "code=", "code", "code=+++", "code=%09"])
    func noCode(_ body: String) throws {
        #expect(try #require(form("application/x-www-form-urlencoded", body)).code == nil)
    }

    @Test("What is far too long for a code is cut before it goes on")
    func longCode() {
        let code = form("application/x-www-form-urlencoded", "code=" + String(repeating: "%C3%BC", count: 500))?.code
        #expect((code?.utf8.count ?? 0) <= 64)
    }

    @Test("A broken escape or no UTF-8 is no form", arguments: ["a=%", "a=%4", "a=%zz", "a=%FF"])
    func brokenEscape(_ body: String) {
        #expect(form("application/x-www-form-urlencoded", body) == nil)
    }

    @Test("O11 a one-click POST is read as multipart/form-data", arguments: ["xyz", "\"xyz\""])
    func multipart(_ boundary: String) {
        let body =
            "--xyz\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n"
            + "--xyz\r\ncontent-disposition: form-data; name=other\r\nContent-Type: text/plain\r\n\r\na\r\nb\r\n--xyz--\r\n"
        let form = form("multipart/form-data; boundary=\(boundary)", body)
        #expect(form?["List-Unsubscribe"] == "One-Click")
        #expect(form?["other"] == "a\r\nb")
    }

    @Test(
        "A multipart body that does not end, or names nothing, is no form",
        arguments: [
            "", "--xyz--", "--xyz\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nb",
            "--xyz\r\nContent-Type: text/plain\r\n\r\nb\r\n--xyz--",
        ])
    func brokenMultipart(_ body: String) {
        #expect(form("multipart/form-data; boundary=xyz", body) == nil)
    }

    @Test("Another media type, or none, is no form", arguments: [nil, "", "application/json", "multipart/form-data"])
    func otherTypes(_ type: String?) {
        #expect(form(type, "List-Unsubscribe=One-Click") == nil)
    }

    @Test("A form of more than 200 fields is none")
    func manyFields() {
        let body = Array(repeating: "a=b", count: 201).joined(separator: "&")
        #expect(form("application/x-www-form-urlencoded", body) == nil)
    }
}
