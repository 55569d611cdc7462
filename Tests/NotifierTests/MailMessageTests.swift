import Foundation
import Models
import Testing

@testable import NotifierDomain

@Suite struct MailMessageTests {
    private static let noon = Timestamp(rfc3339: "2026-11-24T12:00:00Z") ?? Timestamp(microseconds: 0)

    private func message(
        subject: String = "Hello", text: String = "Hi", html: String? = nil, name: String? = "Example GmbH",
        headers: [MailHeader] = []
    ) throws -> String {
        let sender = MailMessage.Sender(name: name, address: try #require(EmailAddress("privacy@example.com")))
        let id = try #require(UUID(uuidString: "0193F000-0000-7000-8000-000000000001"))
        let message = MailMessage(
            id: id, domain: "assent.example", at: Self.noon, from: sender,
            to: try #require(EmailAddress("anna@example.org")),
            content: .init(subject: subject, text: text, html: html), headers: headers)
        return String(decoding: message.bytes, as: UTF8.self)
    }

    @Test("N1 a mail is ASCII in CRLF lines of at most 76 characters, whatever its text")
    func lines() throws {
        let mail = try message(
            subject: String(repeating: "Grüße ", count: 60), text: String(repeating: "ä€😀 word", count: 300),
            html: "<p>é" + String(repeating: "x", count: 5000))
        #expect(mail.utf8.allSatisfy { $0 < 0x80 && $0 != 0 })
        let lines = mail.split(separator: "\r\n", omittingEmptySubsequences: false)
        #expect(lines.allSatisfy { $0.utf8.count <= 78 && !$0.utf8.contains(10) && !$0.utf8.contains(13) })
        #expect(mail.hasSuffix("\r\n"))
    }

    @Test("N1 a subject that is not ASCII becomes encoded words that split no character")
    func subject() throws {
        #expect(try message(subject: "Grüße").contains("Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=\r\n"))
        #expect(try message(subject: "Plain words").contains("Subject: Plain words\r\n"))
        // What looks encoded but was not would be decoded by the reader.
        #expect(try message(subject: "=?utf-8?Q?x?=").contains("Subject: =?utf-8?Q?=3D=3Futf=2D8"))
        let long = try message(subject: String(repeating: "ü", count: 200))
        let words = long.split(separator: "\r\n").filter { $0.contains("=?utf-8?Q?") }
        #expect(words.count > 10)
        #expect(words.allSatisfy { $0.utf8.count <= 76 })
        #expect(words.allSatisfy { ($0.split(separator: "?").last { $0 != "=" } ?? "").utf8.count % 6 == 0 })
    }

    @Test(
        "N1 no value can end its header or begin another",
        arguments: ["a\r\nBcc: x@example.net", "a\nBcc: x@example.net", "a\u{0}b", "a\u{2028}Bcc: x", "a\u{85}b"])
    func injection(value: String) throws {
        let mail = try message(
            subject: value, name: value,
            headers: [MailHeader("List-Unsubscribe", value), MailHeader("X-Text", text: value)])
        let head = mail.prefix(while: { _ in true }).components(separatedBy: "\r\n\r\n")[0]
        #expect(!head.components(separatedBy: "\r\n").contains { $0.lowercased().hasPrefix("bcc") })
        #expect(!head.replacing("\r\n", with: "").contains { $0 == "\n" || $0 == "\r" || $0 == "\u{0}" })
    }

    @Test("N1 the sender's name needs no quoting: what would is encoded")
    func sender() throws {
        #expect(try message(name: "Example GmbH").contains("From: Example GmbH\r\n <privacy@example.com>\r\n"))
        #expect(try message(name: "Evil\" <x@y>, ").contains("From: =?utf-8?Q?Evil=22_=3Cx=40y=3E=2C_?=\r\n"))
        #expect(try message(name: nil).contains("From: <privacy@example.com>\r\n"))
    }

    @Test("N1 text comes back as it was, less the way its lines end")
    func roundTrip() throws {
        let text = "One = 1\r\n.dot\nFrom here\rtrailing \t\nünï\n\nlast"
        let mail = try message(text: text)
        let body = mail.components(separatedBy: "\r\n\r\n").dropFirst().joined(separator: "\r\n\r\n")
        #expect(decode(body) == "One = 1\r\n.dot\r\nFrom here\r\ntrailing \t\r\nünï\r\n\r\nlast\r\n")
        #expect(!body.hasPrefix(".") && !body.contains("\r\n.") && !body.contains("\r\nFrom "))
    }

    @Test("N1 plain ASCII stands as it is, so that a long link stays whole; what could be changed on its way does not")
    func plain() throws {
        let link = "http://127.0.0.1:15000/o/" + String(repeating: "a", count: 200)
        let mail = try message(text: "Open\n\n\(link)\n")
        #expect(mail.hasSuffix("Content-Transfer-Encoding: 7bit\r\n\r\nOpen\r\n\r\n\(link)\r\n"))
        for text in ["ü", ".dot", "a\n.", "From me", "trailing ", "\u{7}", String(repeating: "x", count: 999)] {
            #expect(
                try message(text: text).contains("Content-Transfer-Encoding: quoted-printable"), "\(text.prefix(9))")
        }
        #expect(try message(text: String(repeating: "x", count: 998)).contains("Encoding: 7bit"))
    }

    @Test("N1 text and HTML are two forms of one mail, text first")
    func alternative() throws {
        let mail = try message(html: "<p>Hi</p>")
        let boundary = "=_0193f000-0000-7000-8000-000000000001"
        #expect(
            mail.contains("Content-Type: multipart/alternative;\r\n boundary=\"\(boundary)\"\r\n\r\n--\(boundary)\r\n"))
        let text = try #require(mail.firstRange(of: "text/plain"))
        let html = try #require(mail.firstRange(of: "text/html"))
        #expect(text.lowerBound < html.lowerBound)
        #expect(mail.hasSuffix("--\(boundary)--\r\n"))
        #expect(mail.contains("Message-ID: <0193f000-0000-7000-8000-000000000001@assent.example>\r\n"))
        #expect(mail.contains("Date: Tue, 24 Nov 2026 12:00:00 +0000\r\n"))
    }

    private func decode(_ body: String) -> String {
        var bytes: [UInt8] = []
        var rest = Array(body.replacing("=\r\n", with: "").utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "=") {
                bytes.append(UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) ?? 0)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
