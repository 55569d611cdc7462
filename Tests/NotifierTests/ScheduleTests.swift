import Foundation
import Models
import Testing

@testable import NotifierDomain

@Suite struct ScheduleTests {
    @Test("N3 delays grow, none is longer than the mail waited before and an hour, and end after a weekend")
    func growing() {
        var age = Duration.zero
        var delays: [Duration] = []
        for attempt in 1... {
            guard let delay = RetrySchedule.delay(afterAttempts: attempt, age: age) else { break }
            delays.append(delay)
            age += delay
        }
        #expect(delays.prefix(4) == [.seconds(5), .seconds(30), .seconds(120), .seconds(600)])
        #expect(zip(delays, delays.dropFirst()).allSatisfy { $0 < $1 })
        var waited = Duration.zero
        for delay in delays {
            #expect(delay <= waited + .seconds(3600), "a mail server that is back is not waited for")
            waited += delay
        }
        #expect(waited >= .seconds(60 * 3600) && waited <= RetrySchedule.longestLife)
        #expect(delays.count + 1 == RetrySchedule.attempts)
    }

    @Test("N3 a mail older than three days is given up, whatever its attempts")
    func old() {
        let day = Duration.seconds(86_400)
        #expect(RetrySchedule.delay(afterAttempts: 1, age: day * 3) == nil)
        #expect(RetrySchedule.delay(afterAttempts: 1, age: day * 2) != nil)
    }

    @Test("N2 a mail to a contact that never comes is asked about a few times, not every other second")
    func unknownContact() {
        for (pause, first) in [(RetrySchedule.pauseForContact, 3), (RetrySchedule.pauseForGate, 1)] {
            #expect(pause(.zero) == .seconds(first) && pause(.milliseconds(500)) == .seconds(first))
            var age = Duration.zero
            var questions = 0
            while age < RetrySchedule.patienceForContact {
                #expect(pause(age) <= max(.seconds(first), age / 4), "a contact that came is not waited for long")
                age += pause(age)
                questions += 1
            }
            #expect(questions <= 32)
        }
    }
}

@Suite struct SMTPAddressTests {
    @Test("N1 TLS is required unless the address says otherwise")
    func protection() throws {
        #expect(try SMTPAddress(url: "smtp://mail.example.com").protection == .startTLS)
        #expect(try SMTPAddress(url: "smtp://127.0.0.1:25").protection == .startTLS)
        #expect(try SMTPAddress(url: "smtps://mail.example.com/").protection == .implicit)
        #expect(try SMTPAddress(url: "smtp://127.0.0.1:25?tls=none").protection == .none)
        #expect(throws: SMTPAddress.Mistake.self) { try SMTPAddress(url: "smtps://mail.example.com?tls=none") }
        #expect(throws: SMTPAddress.Mistake.self) { try SMTPAddress(url: "smtp://mail.example.com?tls=off") }
    }

    @Test("N1 host, port and percent-encoded credentials are read")
    func parts() throws {
        let address = try SMTPAddress(url: "smtp://a%40b:p%3A%2F%25@mail.example.com:2525")
        #expect(address.host == "mail.example.com" && address.port == 2525)
        #expect(address.credentials?.user == "a@b" && address.credentials?.password == "p:/%")
        #expect(try SMTPAddress(url: "smtp://h").port == 587)
        #expect(try SMTPAddress(url: "smtps://h").port == 465)
        #expect(try SMTPAddress(url: "smtp://[::1]:26").host == "::1")
        #expect(try SMTPAddress(url: "smtp://[::1]").port == 587)
    }

    @Test(
        "N1 an address that cannot be read is refused without naming its secret",
        arguments: [
            "mail.example.com", "http://h", "smtp://", "smtp://h:0", "smtp://h:x", "smtp://h/path", "smtp://u:%zz@h",
            "smtp://u:secret%0D%0A@h", "smtp://a b", "smtp://h\r\nRCPT",
        ])
    func unreadable(url: String) {
        let mistake = #expect(throws: SMTPAddress.Mistake.self) { try SMTPAddress(url: url) }
        #expect(mistake?.description.contains("secret") == false)
    }
}

@Suite struct CampaignTests {
    @Test(
        "N4 a subject is one line of at most 998 bytes",
        arguments: ["", "a\r\nb", "a\nb", "a\u{7}", "a\u{2028}b", String(repeating: "x", count: 999)])
    func subject(subject: String) throws {
        let data = try Reader(["subject": .string(subject), "text": "t"], at: "/data")
        let refusal = #expect(throws: Refusal.self) { try MailMessage.Content(reading: data) }
        #expect(refusal?.pointer == "/data/subject")
    }

    @Test("N3 a mail's end is told once, when its row has one")
    func tellingOnce() throws {
        let contact = try #require(ContactID("a"))
        let kind = MailKind.campaign("spring", list: nil)
        var mail = Mail(id: .init(), kind: kind, to: contact, outcome: MailOutcome(.sent))
        let first = mail.tell(), second = mail.tell()
        #expect(first == MailOutcome(.sent) && second == nil && mail.isTold)
        var underWay = Mail(id: .init(), kind: kind, to: contact)
        let early = underWay.tell()
        #expect(early == nil && !underWay.isTold)
        #expect(mail.fact(of: MailOutcome(.sent)).type == "mail.sent")
        #expect(mail.fact(of: MailOutcome(.unknown)).data["reason"] == "unknown")
        #expect(mail.fact(of: MailOutcome(.suppressed, MailOutcome.sameAddress)).data["reason"] == "same-address")
    }

    @Test("N4 a campaign whose lines end in another way is the same; another text is another campaign")
    func sameContent() {
        func hashed(_ text: String, _ html: String? = nil) -> [UInt8] {
            MailMessage.Content(subject: "s", text: text, html: html).canonical
        }
        for other in ["a\r\nb\r\n\r\n", "a\rb\r\r", "a\nb\r\n\n"] {
            #expect(hashed(other) == hashed("a\nb\n\n"))
            #expect(hashed("", other) == hashed("", "a\nb\n\n"))
        }
        #expect(hashed("a\r\n\r\nb") != hashed("a\nb"))
        #expect(hashed("a\n") != hashed("a"))
        #expect(hashed("", nil) != hashed("", ""))
    }
}
