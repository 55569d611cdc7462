import Foundation
import Models
import NotifierDomain
import Synchronization
import Testing

@testable import NotifierService

@Suite(.enabled(if: MailServer.python != nil), .timeLimit(.minutes(10))) struct SMTPTransportTests {
    private func transport(
        _ server: MailServer, query: String = "?tls=none", credentials: String = "", host: String = "127.0.0.1",
        authorities: String? = nil, answerTimeout: Duration = .seconds(5)
    ) throws -> SMTPTransport {
        let address = try SMTPAddress(url: "smtp://\(credentials)\(host):\(server.port)\(query)")
        return SMTPTransport(
            .init(
                address: address, name: "assent.example", authorities: authorities, connectTimeout: .seconds(2),
                answerTimeout: answerTimeout, totalTimeout: .seconds(10)))
    }

    private func message(
        _ text: String = "Hello\n.dot\n", to recipient: String = "anna@example.org"
    ) throws -> MailMessage {
        let sender = MailMessage.Sender(name: nil, address: try #require(EmailAddress("privacy@example.com")))
        return MailMessage(
            id: UUID(), domain: "assent.example", at: Timestamp(microseconds: 0), from: sender,
            to: try #require(EmailAddress(recipient)),
            content: .init(subject: "Hello", text: text, html: nil))
    }

    private func handOver(
        _ transport: SMTPTransport, _ message: MailMessage, mayEnd: @escaping @Sendable () -> Bool = { true }
    ) async -> HandOverResult {
        let thread = WorkerThread.start(name: "test")
        defer { thread.stop() }
        return await thread.run { transport.handOver(message, id: UUID(), mayEnd: mayEnd) }
    }

    @Test("N1 what arrives is what was written, and the connection is used again")
    func delivers() async throws {
        let server = try MailServer()
        defer { server.stop() }
        let transport = try transport(server)
        // More than libcurl reads at once, with lines that begin with a dot.
        let long = try message(String(repeating: ".a line of a long mail\n", count: 20_000))
        for message in [try message(), long] {
            #expect(await handOver(transport, message) == .accepted)
            #expect(try server.mails.last?.mail == String(decoding: message.bytes, as: UTF8.self))
        }
        #expect(try Set(server.mails.map(\.peer)).count == 1)
    }

    @Test("X3 a refused gate delivers nothing, asked when all but the end is sent; the next mail goes")
    func withholds() async throws {
        let server = try MailServer()
        defer { server.stop() }
        let transport = try transport(server)
        let asked = Mutex(0)
        let counting: @Sendable () -> Bool = {
            asked.withLock { $0 += 1 }
            return false
        }
        let long = try message(String(repeating: "x", count: 300_000))
        for message in [try message(), long] {
            #expect(await handOver(transport, message, mayEnd: counting) == .withheld)
        }
        #expect(asked.withLock { $0 } == 2)
        #expect(await handOver(transport, try message("after")) == .accepted)
        #expect(try server.mails.count == 1)
        #expect(try server.mails[0].mail.contains("after"))
    }

    @Test("X3 while the gate thinks, nothing is delivered; a no after that withholds")
    func blocks() async throws {
        let server = try MailServer()
        defer { server.stop() }
        let transport = try transport(server)
        let answer = DispatchSemaphore(value: 0)
        let isAsked = DispatchSemaphore(value: 0)
        let message = try message()
        async let result = handOver(transport, message) {
            isAsked.signal()
            return answer.wait(timeout: .now() + 20) == .timedOut
        }
        await Task.detached { [isAsked] in wait(isAsked) }.value
        #expect(try server.mails.isEmpty)
        answer.signal()
        #expect(await result == .withheld)
        #expect(await handOver(transport, message) == .accepted)
        #expect(try server.mails.count == 1)
    }

    @Test(
        "N3 temporary refusals, permanent ones and lost answers are told apart",
        arguments: [
            ("busy", HandOverResult.temporary(code: 451)), ("temporary", .temporary(code: 452)),
            ("reject-recipient", .permanent(code: 550)), ("permanent", .permanent(code: 554)),
            ("no-login", .temporary(code: 530)),
            ("drop-at-rcpt", .temporary(code: nil)), ("drop-at-data", .temporary(code: nil)),
            ("drop-at-end", .unanswered), ("mute", .unanswered),
        ])
    func refusals(behaviour: String, expected: HandOverResult) async throws {
        let server = try MailServer()
        defer { server.stop() }
        try server.behave(behaviour)
        let transport = try transport(server, answerTimeout: .seconds(1))
        #expect(await handOver(transport, try message()) == expected)
        try server.behave("ok")
        #expect(await handOver(transport, try message()) == .accepted)
        #expect(try server.mails.count == 1)
    }

    @Test("N1 a domain goes as A-labels, in RCPT and in To, to a mail server without SMTPUTF8 too")
    func internationalDomain() async throws {
        let server = try MailServer()
        defer { server.stop() }
        #expect(await handOver(try transport(server), try message(to: "anna@Bücher.example")) == .accepted)
        let mail = try #require(try server.mails.first)
        #expect(mail.recipient == "anna@xn--bcher-kva.example")
        #expect(mail.mail.contains("\r\nTo: <anna@xn--bcher-kva.example>\r\n"))
        #expect(mail.mail.utf8.allSatisfy { $0 < 0x80 })
    }

    @Test("N1 a local part that is not ASCII goes only where SMTPUTF8 is offered; elsewhere nobody is named")
    func internationalLocalPart() async throws {
        let server = try MailServer()
        defer { server.stop() }
        let plain = try transport(server)
        // On a new connection, and on one that is used again.
        #expect(await handOver(plain, try message(to: "jürgen@example.org")) == .needsSMTPUTF8)
        #expect(await handOver(plain, try message()) == .accepted)
        #expect(await handOver(plain, try message(to: "jürgen@example.org")) == .needsSMTPUTF8)
        #expect(await handOver(plain, try message()) == .accepted)
        #expect(try server.mails.map(\.recipient) == ["anna@example.org", "anna@example.org"])

        let able = try MailServer(["--smtputf8"])
        defer { able.stop() }
        let transport = try transport(able)
        #expect(await handOver(transport, try message()) == .accepted)
        #expect(await handOver(transport, try message(to: "jürgen@bücher.example")) == .accepted)
        let mail = try #require(try able.mails.last)
        #expect(mail.recipient == "jürgen@xn--bcher-kva.example")
        #expect(mail.options.contains("SMTPUTF8"))
        #expect(mail.mail.contains("\r\nTo: <jürgen@xn--bcher-kva.example>\r\n"))
        #expect(try Set(able.mails.map(\.peer)).count == 1)
    }

    @Test("N1 what a mail server offers before TLS does not count under TLS")
    func offersBeforeTLS() async throws {
        let certificate = try Certificate(for: "DNS:localhost")
        defer { certificate.remove() }
        let server = try MailServer(
            ["--starttls", certificate.path, certificate.keyPath, "--require-tls", "--smtputf8-before-tls"])
        defer { server.stop() }
        let transport = try transport(server, query: "", host: "localhost", authorities: try certificate.text)
        #expect(await handOver(transport, try message(to: "jürgen@example.org")) == .needsSMTPUTF8)
        #expect(await handOver(transport, try message()) == .accepted)
    }

    @Test("N3 a connection that breaks while a long mail waits in the socket holds no worker up")
    func breaksInTheData() async throws {
        let server = try MailServer()
        defer { server.stop() }
        try server.behave("drop-in-data")
        let transport = try transport(server)
        let long = try message(String(repeating: "a line of a long mail\n", count: 100_000))
        let begin = ContinuousClock.now
        #expect(await handOver(transport, long) == .temporary(code: nil))
        #expect(.now - begin < .seconds(5))
        #expect(try server.mails.isEmpty)
    }

    @Test("N3 a mail server that is away is a temporary failure")
    func away() async throws {
        let server = try MailServer()
        let transport = try transport(server)
        server.stop()
        #expect(await handOver(transport, try message()) == .temporary(code: nil))
    }

    @Test("N1 without STARTTLS nothing is sent unless the address allows it")
    func requiresTLS() async throws {
        let server = try MailServer()
        defer { server.stop() }
        #expect(await handOver(try transport(server, query: ""), try message()) == .temporary(code: nil))
        #expect(try server.mails.isEmpty)
    }

    @Test("N1 STARTTLS and a login work with a certificate that is trusted and names the server, and with no other")
    func checksCertificate() async throws {
        let certificate = try Certificate(for: "DNS:localhost")
        defer { certificate.remove() }
        let server = try MailServer(
            ["--starttls", certificate.path, certificate.keyPath, "--require-tls", "--auth", "anna", "s3cret"])
        defer { server.stop() }
        let authority = try certificate.text
        let trusted = try transport(
            server, query: "", credentials: "anna:s3cret@", host: "localhost", authorities: authority)
        #expect(await handOver(trusted, try message()) == .accepted)
        #expect(try server.mails.map(\.tls) == [true])
        let unknownAuthority = try transport(server, query: "", credentials: "anna:s3cret@", host: "localhost")
        #expect(await handOver(unknownAuthority, try message()) == .temporary(code: nil))
        let otherName = try transport(server, query: "", credentials: "anna:s3cret@", authorities: authority)
        #expect(await handOver(otherName, try message()) == .temporary(code: nil))
        let wrongLogin = try transport(
            server, query: "", credentials: "anna:wrong@", host: "localhost", authorities: authority)
        guard case .temporary = await handOver(wrongLogin, try message()) else {
            Issue.record("a refused login is the configuration's, not the mail's")
            return
        }
        #expect(try server.mails.count == 1)
    }

    @Test("X5 told to end, a hand-over that waits for an answer is broken off")
    func stops() async throws {
        let server = try MailServer()
        defer { server.stop() }
        try server.behave("mute")
        let transport = try transport(server, answerTimeout: .seconds(60))
        let begin = ContinuousClock.now
        let result = await handOver(transport, try message()) {
            transport.stop()
            return true
        }
        #expect(result == .unanswered)
        #expect(.now - begin < .seconds(30))  // far from the answer's limit, also beside every other test
    }
}

/// Blocks the calling thread, which is none of the tests' own.
private func wait(_ semaphore: DispatchSemaphore) { _ = semaphore.wait(timeout: .now() + 20) }

/// A certificate that signs itself, made by openssl.
private struct Certificate {
    let path: String
    let keyPath: String
    private let folder: URL

    init(for name: String) throws {
        folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        path = folder.appending(path: "certificate.pem").path()
        keyPath = folder.appending(path: "key.pem").path()
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/openssl")
        process.arguments = [
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1", "-subj",
            "/CN=test", "-addext", "subjectAltName=\(name)", "-keyout", keyPath, "-out", path,
        ]
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
    }

    var text: String { get throws { try String(contentsOfFile: path, encoding: .utf8) } }

    func remove() { try? FileManager.default.removeItem(at: folder) }
}
