import Cryptography
import Foundation
import Models
import NotifierDomain
import ServiceKit
import Settings
import Testing
import Words

@testable import NotifierService

@Suite struct MailWriterTests {
    private let id = UUID()

    private let checkpoint = NewestCheckpoint()

    private func writer() throws -> MailWriter {
        let yaml = """
            brand: {name: "Example & Co"}
            languages: [en, de]
            consents:
              tracking: {kind: tracking, version: "1", text: {en: Record my opens, de: Öffnungen festhalten}}
            lists: {news: {text: {en: News, de: Neues}}}
            mail: {from: "Example <privacy@example.com>", footer: {en: "Mail <from> us.", de: "Post."}}
            """
        let key = String(repeating: "A", count: 43)
        return try MailWriter(
            settings: try Settings.load(yaml: yaml), site: try PublicAddress("https://privacy.example.com"),
            links: KeyRingFile(try KeyRing(json: #"{"keys":[{"version":1,"key":"\#(key)"}]}"#)), checkpoint: checkpoint)
    }

    private func write(
        _ kind: MailKind, locale: String? = nil, inReplyTo: String? = nil,
        content: MailMessage.Content? = .init(subject: "s", text: "Hi", html: "<p>Hi</p>")
    ) throws -> (head: String, text: String, html: String) {
        let mail = ClaimedMail(
            id: id, contact: try #require(ContactID("c-1")), kind: kind, addressHash: nil, inReplyTo: inReplyTo,
            attempts: 1, ageAtClaim: .zero, claim: UUID())
        let recipient = try #require(EmailAddress("a@example.org"))
        let writer = try writer()
        let message = try #require(
            writer.write(mail, to: recipient, locale: locale, content: content, at: Timestamp(microseconds: 0)))
        let mailText = String(decoding: message.bytes, as: UTF8.self).replacing("=\r\n", with: "")
        let parts = mailText.components(separatedBy: "\r\n--=_")
        let bodies = parts.map { $0.components(separatedBy: "\r\n\r\n").dropFirst().joined(separator: "\r\n\r\n") }
        return (parts[0].components(separatedBy: "\r\n\r\n")[0], bodies[1], bodies[2])
    }

    @Test("P6 the code is the only run of six digits in the double-opt-in mail's text", arguments: ["en", "de"])
    func code(language: String) throws {
        let confirmation = UUID()
        let mail = try write(.doubleOptIn(confirmation: confirmation), locale: language, content: nil)
        let key = String(repeating: "A", count: 43)
        let code = LinkToken.code(
            .optIn, id: confirmation, with: try KeyRing(json: #"{"keys":[{"version":1,"key":"\#(key)"}]}"#))
        #expect(mail.text.matches(of: /[0-9]{6,}/).map { String($0.output) } == [code])
        #expect(mail.html.contains(code))
        #expect(mail.head.contains("Auto-Submitted: auto-generated"))
        #expect(!mail.text.contains("/p/"))
    }

    @Test(
        "P6, P6a, C4, P4 a mail of the page lists its changes in words and has the right link", arguments: ["en", "de"])
    func requestMails(language: String) throws {
        let row = UUID()
        let changes: [PageChange] = [
            .consent("tracking", isGranted: true), .list("news", isSubscribed: true), .marketing(true), .resume,
        ]
        let words = Words.of(language)
        for kind in RequestMail.allCases {
            let isListed = kind == .change || kind == .undo
            let mail = try write(
                .request(kind, row: row, changes: isListed ? changes : []), locale: language, content: nil)
            #expect(mail.text.contains(isListed ? "/c/" : "/p/") && !mail.text.contains(isListed ? "/p/" : "/c/"))
            #expect(
                mail.text.removingPercentEscapes.contains(
                    isListed ? words.requestMails.frame.code : words.requestMails.frame.regards))
            #expect(mail.text.matches(of: /(?m)^[0-9]{6}\r?$/).count == (isListed ? 1 : 0))
            #expect(mail.head.contains("Auto-Submitted: auto-generated"))
            #expect(!mail.text.contains("{") && !mail.html.contains("{{"))
            guard isListed else { continue }
            let statement = language == "en" ? "Record my opens" : "Öffnungen festhalten"
            for part in [mail.text, mail.html] {
                let decoded = part.removingPercentEscapes
                #expect(decoded.contains(statement) && decoded.contains(language == "en" ? "News" : "Neues"))
            }
            let first = kind == .change ? words.changes.grant : words.changes.revoke
            let item = first.replacing("{text}", with: statement)
            #expect(mail.text.removingPercentEscapes.contains(item))
        }
    }

    @Test("X1 every mail carries the newest checkpoint; without one it goes all the same")
    func checkpointHeader() throws {
        #expect(!(try write(.adHoc).head.contains("Assent-Checkpoint")))
        let note = "example.com/consent\n12\n\(String(repeating: "QUJD", count: 11))\n\n— example.com +abcde=\n"
        checkpoint.set(note)
        let head = try write(.adHoc).head
        let field = try #require(head.firstMatch(of: /Assent-Checkpoint:((\r\n [!-~]+)+)/)?.output.1)
        let value = field.filter { !$0.isWhitespace }
        #expect(Data(base64Encoded: String(value)).map { String(decoding: $0, as: UTF8.self) } == note)
        #expect(head.components(separatedBy: "\r\n").allSatisfy { $0.count <= 78 })
    }

    @Test("P4 every mail of a user's or a campaign's ends with the contact's own page link, in their language")
    func footer() throws {
        let kinds: [MailKind] = [.campaign("spring", list: nil), .autoresponder, .workflow, .adHoc, .reply]
        for kind in kinds {
            let english = try write(kind, locale: "fr")
            #expect(english.text.contains("Hi\r\n\r\nMail <from> us.\r\n"))
            #expect(english.text.contains(": https://privacy.example.com/p/"))
            #expect(english.html.contains("<p>Mail &lt;from&gt; us.<br><a href"))
            #expect(try write(kind, locale: "de-AT").text.contains("Post.\r\n"))
        }
        #expect(try write(.campaign("spring", list: nil)).text.contains("Your choices: https"))
        #expect(try !write(.adHoc).text.contains("Unsubscribe"))
    }

    @Test("O9 a reply names what it answers; an autoresponder says that nobody wrote it; one click is a campaign's")
    func headers() throws {
        let reply = try write(.reply, inReplyTo: "<1@example.org>").head
        #expect(reply.contains("In-Reply-To:\r\n <1@example.org>\r\nReferences:\r\n <1@example.org>\r\n"))
        #expect(try write(.autoresponder).head.contains("Auto-Submitted: auto-replied\r\n"))
        for kind: MailKind in [.autoresponder, .workflow, .adHoc, .reply] {
            #expect(try !write(kind).head.contains("List-Unsubscribe"))
        }
        #expect(try write(.campaign("spring", list: "news")).head.contains("List-Unsubscribe-Post: "))
        #expect(try !write(.adHoc).head.contains("Auto-Submitted"))
    }
}

@Suite struct MailSendTests {
    private func read(_ data: JSON) throws(Refusal) -> MailSend { try MailSend(reading: try Reader(data, at: "/data")) }

    @Test("O9 a reply names a message, a campaign has a request of its own")
    func reading() throws {
        _ = try read(["category": "ad-hoc", "subject": "s", "text": "t", "inReplyTo": "nonsense"])
        _ = try read(["category": "reply", "subject": "s", "text": "t", "inReplyTo": "<a@b>"])
        let mistakes: [(JSON, String)] = [
            (["category": "campaign", "subject": "s", "text": "t"], "/data/category"),
            (["category": "offer", "subject": "s", "text": "t"], "/data/category"),
            (["subject": "s", "text": "t"], "/data/category"),
            (["category": "reply", "subject": "s", "text": "t"], "/data/inReplyTo"),
            (["category": "reply", "subject": "s", "text": "t", "inReplyTo": "a@b"], "/data/inReplyTo"),
            (["category": "ad-hoc", "subject": "a\nb", "text": "t"], "/data/subject"),
            (["category": "ad-hoc", "subject": "s"], "/data/text"),
        ]
        for (data, pointer) in mistakes {
            let refusal = #expect(throws: Refusal.self) { try read(data) }
            #expect(refusal?.code == .invalidField && refusal?.pointer == pointer, "\(pointer)")
        }
    }
}

extension String {
    /// With the escapes of quoted-printable decoded.
    fileprivate var removingPercentEscapes: String {
        var bytes: [UInt8] = []
        var rest = utf8[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "="), rest.count >= 2,
                let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self).replacing("&amp;", with: "&")
    }
}
