import Models
import Testing

@testable import NotifierDomain

@Suite struct SelectionTests {
    private let vocabulary = Condition.Vocabulary(attributes: ["region"], lists: ["news"], consents: [])

    private func read(_ data: JSON) throws(Refusal) -> CampaignSelection {
        let reader = try Reader(data, at: "/data")
        let selection = try CampaignSelection(reading: reader)
        try selection.check(reader, knowing: vocabulary)
        return selection
    }

    @Test("N4 a campaign goes to contacts, to a list, or to whom a condition finds")
    func selections() throws {
        let condition: JSON = ["field": "profile.region", "is": "EU"]
        #expect(try read(["contacts": ["b", "a"]]).list == nil)
        #expect(try read(["list": "news"]).list == "news")
        #expect(try read(["where": condition]) == .condition(condition))
        for data: JSON in [["contacts": ["b", "a"]], ["list": "news"], ["where": condition]] {
            let selection = try read(data)
            #expect(try read(.object([selection.member])) == selection)
        }
    }

    @Test("N4 exactly one selection, of what the configuration knows, with a pointer to the mistake")
    func mistakes() throws {
        let cases: [(JSON, String)] = [
            ([:], "/data/contacts"), (["contacts": ["a"], "list": "news"], "/data/list"),
            (["list": "other"], "/data/list"),
            (["where": ["field": "profile.shoe", "is": 1]], "/data/where/field"), (["where": "x"], "/data/where"),
            (["contacts": ["a b"]], "/data/contacts/0"),
        ]
        for (data, pointer) in cases {
            let refusal = #expect(throws: Refusal.self) { try read(data) }
            #expect(refusal?.code == .invalidField && refusal?.pointer == pointer, "\(pointer)")
        }
        let many = JSON.array((0...10_000).map { .string("c\($0)") })
        #expect(throws: Refusal.self) { try read(["contacts": many]) }
    }
}

@Suite struct ProgressTests {
    @Test("N4 progress counts what ended, by reason where it was suppressed, and the rest as queued")
    func counts() {
        var progress = MailProgress(recipients: 100)
        progress.add(40, ended: .sent, reason: nil)
        progress.add(5, ended: .suppressed, reason: "opt-out-contact")
        progress.add(3, ended: .suppressed, reason: "none")
        progress.add(2, ended: .failed, reason: "smtp-550")
        progress.add(1, ended: .failed, reason: "unknown-contact")
        progress.add(4, ended: .unknown, reason: "unknown")
        #expect(
            progress.json == [
                "queued": 45, "sent": 40, "suppressed": ["none": 3, "opt-out-contact": 5], "failed": 3, "unknown": 4,
            ])
        #expect(
            MailProgress(recipients: 7).json == [
                "queued": 7, "sent": 0, "suppressed": .object([]), "failed": 0, "unknown": 0,
            ])
    }
}

@Suite struct ContentTests {
    private func content(_ html: String?, text: String = "Hi") -> MailMessage.Content {
        MailMessage.Content(subject: "s", text: text, html: html).with(footer: (text: "F", html: "<p>F</p>"))
    }

    @Test("P4 the footer stands under the text, a blank line between")
    func text() {
        #expect(content(nil).text == "Hi\n\nF\n")
        #expect(content(nil, text: "Hi\n").text == "Hi\n\nF\n")
        #expect(content(nil).html == nil)
    }

    @Test("P4 the footer stands at the end of the HTML's body, or of the HTML")
    func html() {
        #expect(content("<p>Hi</p>").html == "<p>Hi</p><p>F</p>\n")
        #expect(
            content("<html><body><p>ä</body></html>").html == "<html><body><p>ä<p>F</p>\n</body></html>")
        #expect(content("<BODY>a</BODY >\n").html == "<BODY>a<p>F</p>\n</BODY >\n")
        #expect(content("</body>b</body>").html == "</body>b<p>F</p>\n</body>")
        #expect(content("").html == "<p>F</p>\n")
    }

    @Test("N1 text may be empty, not missing; nothing holds a NUL")
    func reading() throws {
        #expect(try MailMessage.Content(reading: try Reader(["subject": "s", "text": ""], at: "")).text == "")
        for data: JSON in [
            ["subject": "s"], ["subject": "s", "text": "\u{0}"], ["subject": "s", "text": "", "html": "\u{0}"],
        ] {
            #expect(throws: Refusal.self) { try MailMessage.Content(reading: try Reader(data, at: "")) }
        }
    }
}
