import Cryptography
import Foundation
import Logging
import Models
import NotifierDomain
import ServiceKit
import Synchronization
import Testing

@testable import NotifierService

private func ring() throws -> KeyRing {
    try KeyRing(json: #"{"keys":[{"version":1,"key":"\#(String(repeating: "A", count: 43))"}]}"#)
}

private func mail(_ contact: String = "c-1", _ kind: MailKind = .campaign("spring", list: nil)) throws -> ClaimedMail {
    var mail = ClaimedMail(
        id: UUID(), contact: try #require(ContactID(contact)), kind: kind, addressHash: nil, inReplyTo: nil,
        attempts: 1, ageAtClaim: .zero, claim: UUID())
    mail.isTrackable = true
    return mail
}

@Suite struct TrackingLinksTests {
    private let site = "https://privacy.example.com"

    private func added(to html: String?, _ mail: ClaimedMail) throws -> MailMessage.Content {
        let links = TrackingLinks(site: try PublicAddress(site), keys: KeyRingFile(try ring()))
        return links.added(to: .init(subject: "s", text: "See http://x.org/", html: html), mail)
    }

    private func token(_ linkClass: LinkClass, in html: String) throws -> LinkToken.Opened {
        let pattern = try Regex<(Substring, Substring)>("\(site)/\(linkClass.rawValue)/([A-Za-z]+)")
        let found = try #require(html.firstMatch(of: pattern))
        return try #require(LinkToken.open(String(found.output.1), linkClass, with: try ring()))
    }

    @Test("C2 a tracked mail's links carry contact, item and target, and its pixel stands at the end of the body")
    func links() throws {
        let mail = try mail()
        let content = try added(to: #"<body><a href="http://x.org/?a=1&amp;b=2">x</a></BODY></html>"#, mail)
        let html = try #require(content.html)
        #expect(
            try token(.link, in: html)
                == LinkToken.Opened(id: mail.id, subject: "c-1", details: ["spring#1", "http://x.org/?a=1&b=2"]))
        #expect(try token(.pixel, in: html) == LinkToken.Opened(id: mail.id, subject: "c-1", details: ["spring"]))
        #expect(html.contains(#"width="1" height="1""#))
        #expect(html.hasSuffix("</BODY></html>"))
        #expect(content.text == "See http://x.org/")
    }

    @Test("C2 a mail without HTML, and one that is no campaign's, stay as they are")
    func untouched() throws {
        #expect(try added(to: nil, try mail()).html == nil)
        let html = #"<a href="http://x.org">x</a>"#
        #expect(try added(to: html, try mail("c-1", .adHoc)).html == html)
    }

    @Test(
        "C2 the suite's own links, and what is too long for a link, stay",
        arguments: [
            "https://privacy.example.com", "https://privacy.example.com/p/abc", "HTTPS://Privacy.Example.com/u/abc",
            "https://privacy.example.com?x", "https://x.org/" + String(repeating: "a", count: 2048),
        ])
    func own(_ target: String) throws {
        let html = try #require(try added(to: #"<a href="\#(target)">x</a>"#, try mail()).html)
        #expect(html.hasPrefix(#"<a href="\#(target)">x</a>"#))
    }

    @Test("C2 the longest names and target fit a token; after 200 links the rest stay")
    func limits() throws {
        let contact = String(repeating: "c", count: 128), name = String(repeating: "é", count: 64)
        let target = "https://x.org/" + String(repeating: "a", count: 2034)
        #expect(target.utf8.count == LinkToken.longestTarget)
        let mail = try mail(contact, .campaign(name, list: nil))
        let html = try #require(
            try added(to: String(repeating: #"<a href="\#(target)">x</a>"#, count: 201), mail).html)
        #expect(try token(.link, in: html).details == ["\(name)#1", target])
        #expect(html.components(separatedBy: "/l/").count == 201)
        #expect(html.components(separatedBy: target).count == 2)
    }

    @Test("C2 an address that begins like the suite's is another's")
    func lookalike() throws {
        let html = try #require(try added(to: #"<a href="https://privacy.example.com.evil/">x</a>"#, try mail()).html)
        #expect(try token(.link, in: html).details[1] == "https://privacy.example.com.evil/")
    }
}

@Suite struct TrackingGateTests {
    private func gate(_ mails: [ClaimedMail], _ answer: @escaping TrackingGate.Ask) -> Gate {
        Gate(for: mails, tracking: TrackingGate(log: Logger(label: "test"), ask: answer)) { _, _ in
            GateAnswer(refused: [:])
        } note: { _ in
            nil
        }
    }

    private func mayEnd(_ gate: Gate, isTracked: Bool) async -> Bool {
        let thread = WorkerThread.start(name: "test")
        defer { thread.stop() }
        return await thread.run { gate.mayEnd(0, isTracked: isTracked) }
    }

    @Test("C2 those who allow it are tracked, and nothing is asked of mails that cannot be")
    func asks() async throws {
        let mails = [try mail("a"), try mail("b"), try mail("c", .adHoc)]
        var text = mails[2]
        text.isTrackable = false
        let gate = gate([mails[0], mails[1], text]) { question in
            #expect(question.contacts.map(\.text) == ["a", "b"])
            return TrackingAnswer(granted: [question.contacts[1]])
        }
        try await gate.open()
        #expect(mails.map(gate.mayTrack) == [false, true, false])
        let silent = self.gate([text]) { _ in
            Issue.record("nothing is to be asked")
            return TrackingAnswer(granted: [])
        }
        try await silent.open()
    }

    @Test("C2 without an answer nobody is tracked, the mails go, and consent is not asked at once again")
    func unreachable() async throws {
        struct Away: Error {}
        let questions = Mutex(0)
        let one = try mail()
        let gate = gate([one]) { _ in
            questions.withLock { $0 += 1 }
            throw Away()
        }
        for _ in 0..<3 { try await gate.open() }
        #expect(!gate.mayTrack(one))
        #expect(await mayEnd(gate, isTracked: false))
        #expect(questions.withLock { $0 } == 1)
    }

    @Test("C2, X3 a withdrawal between the writing of a tracked mail and its end withholds that mail")
    func withdrawn() async throws {
        let isGranted = Mutex(true)
        let one = try mail()
        let gate = gate([one]) { question in
            TrackingAnswer(granted: isGranted.withLock { $0 } ? question.contacts : [])
        }
        try await gate.open()
        #expect(gate.mayTrack(one))
        isGranted.withLock { $0 = false }
        try await Task.sleep(for: Lease.duration + .milliseconds(50))
        #expect(await !mayEnd(gate, isTracked: true))
        #expect(gate.withheld == .trackingEnded)
        #expect(await mayEnd(gate, isTracked: false))
    }
}
