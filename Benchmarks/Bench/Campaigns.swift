import Foundation
import Models
import PostgreSQL
import RabbitMQ

/// A campaign to confirmed contacts through the gate, and plain libcurl, which hands as many mails of that size over to
/// the same mail server by as many connections as the notifier has.
enum Campaigns {
    private static let rounds = 3
    /// As many as one request may name.
    private static let recipients = 10_000
    private static let connections = 4
    private static let limit = Duration.seconds(180)
    private static let text = String(repeating: "A line of a newsletter, about as long as such lines are.\n", count: 30)

    static func run() async throws {
        let port = try address("SMTP_URL").port ?? 25
        let server = try MailServer(port: port, every: recipients)
        let publisher = try await Publisher.open()
        let contacts = try await confirmedContacts(publisher)
        var before = try await server.wait(forMails: 0, atMost: limit)
        print("a campaign of \(recipients), request → the last mail taken by a mail server that does nothing")
        var ratios: [Double] = [], rates: [Double] = []
        for round in 1...rounds {
            let start = ContinuousClock.now
            async let reply: Void = send(contacts, named: "bench-\(round)-\(UUID())", by: publisher)
            let taken = try await server.wait(forMails: before.mails + recipients, atMost: limit)
            let rate = Double(recipients) / ((ContinuousClock.now - start) / .seconds(1))
            try await reply
            let size = (taken.bytes - before.bytes) / recipients
            let ceiling = try numberFromProgram(
                "bare-mail", ["send", "\(port)", "\(recipients)", "\(size)", "\(connections)"])
            before = try await server.wait(forMails: taken.mails + recipients, atMost: limit)
            rates.append(rate)
            ratios.append(rate / ceiling)
            print(
                "  round \(round): \(size) bytes, libcurl \(Int(ceiling))/s, campaign \(Int(rate))/s, "
                    + "ratio \(two(rate / ceiling))")
        }
        print("  recipients/s \(Report.median("campaign.recipients", rates, "/s", better: .more))")
        print("  ratio \(Report.median("campaign.ratio", ratios, better: .more))")
        await publisher.close()
        try server.stop()
    }

    /// Returns once all of the campaign's mails are known to be sent.
    static func send(_ contacts: [String], named name: String, by publisher: Publisher) async throws {
        let request = Publisher.message(
            "requests", "mail.campaign", subject: "bench",
            [
                "campaign": .string(name), "subject": "News", "text": .string(text),
                "contacts": .array(contacts.map { .string($0) }),
            ], token: try variable("MARKETING_TOKEN"))
        let reply = try await publisher.ask(request, timeout: limit)
        guard reply.data["recipients"]?.integer == Int64(recipients) else { throw Failure("recipients are missing") }
        let end = ContinuousClock.now + limit
        while ContinuousClock.now < end {
            let progress = Publisher.message("requests", "mail.progress", subject: "bench", ["campaign": .string(name)])
            let data = try await publisher.ask(progress, timeout: limit).data
            if data["sent"]?.integer == Int64(recipients) { return }
            try await Task.sleep(for: .milliseconds(200))
        }
        throw Failure("not every mail was sent")
    }

    /// What the contacts confirmed, opt-in's owner writes.
    static func confirmedContacts(_ publisher: Publisher) async throws -> [String] {
        let contacts = try await KnownContacts.tell(recipients, prefix: "campaign", by: publisher)
        let optIn = try await openDatabase("OPTIN_DATABASE_OWNER_URL")
        let confirm = "UPDATE contact SET status = 'double-opt-in' WHERE contact = ANY ($1::text[])"
        _ = try await optIn.run(Statement(confirm, [.texts(contacts)]))
        await optIn.close()
        return contacts
    }
}
