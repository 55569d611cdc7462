import Cryptography
import Foundation
import Models
import RabbitMQ

/// Resident memory of the five services, all running: each in its turn works as fast as it can on what is its own.
enum Memory {
    private static let bar = 64
    private static let forms = 20_000
    private static let contacts = 5000
    private static let stores = 20_000
    private static let reveals = 2000
    private static let decisions = 10_000
    private static let questions = 200
    private static let questionsAtATime = 8
    private static let largestPage = 10_000
    private static let limit = Duration.seconds(600)

    static func run() async throws {
        let server = try MailServer(port: try address("SMTP_URL").port ?? 25, every: 1000)
        let services = try await ServiceProcess.start(ServiceProcess.all)
        let publisher = try await Publisher.open()
        print("resident memory of the five services under full load (bar: \(bar) MiB)")
        try show(services, after: "the start")
        try await publishForms(publisher, server)
        try show(services, after: "\(forms) forms, each with a mail")
        let contacts = try await VaultContacts.tell(contacts, by: publisher)
        try await storeAndReveal(contacts, publisher)
        try show(services, after: "\(stores) sealed values and \(reveals) reveals")
        try await decide(contacts.ids, publisher)
        try await ask(contacts.ids, publisher)
        try show(services, after: "\(decisions) decisions, \(questions) questions about \(largestPage)")
        let before = try await server.wait(forMails: 0, atMost: limit).mails
        let recipients = try await Campaigns.confirmedContacts(publisher)
        try await Campaigns.send(recipients, named: "memory", by: publisher)
        _ = try await server.wait(forMails: before + recipients.count, atMost: limit)
        try show(services, after: "a campaign of \(recipients.count)")
        await publisher.close()
        for service in services { _ = try await service.stop() }
        try server.stop()
    }

    private static func show(_ services: [ServiceProcess], after what: String) throws {
        let texts = try services.map { service in
            let memory = try service.memory()
            Report.note(Figure("memory.\(service.name)", memory.highest, "MiB", better: .less))
            return "\(service.name) \(Int(memory.highest.rounded(.up))) (\(Int(memory.last.rounded(.up))))"
        }
        print("  after \(what), highest and last in MiB: \(texts.joined(separator: ", "))")
        fflush(nil)
    }

    private static func publishForms(_ publisher: Publisher, _ server: MailServer) async throws {
        let run = UInt32.random(in: 0 ... .max)
        try await publisher.publish((0..<forms).map { WebForm.message("memory-\(run)-\($0)") })
        _ = try await server.wait(forMails: forms, atMost: limit)
    }

    private static func storeAndReveal(_ contacts: VaultContacts, _ publisher: Publisher) async throws {
        let stored = try await FactQueue.open("vault.stored")
        try await publisher.publish((0..<stores).map { contacts.store(contacts.ids[$0 % contacts.ids.count]) })
        try await take(stores, from: stored)
        await stored.close()
        let tokens = try variable("BILLING_TOKENS").split(separator: " ").map(String.init)
        let key = PrivateSealingKey.generate()
        let replyKey = try JSON(parsing: [UInt8](key.publicKey.jwk.utf8))
        try await ask(
            (0..<reveals).map { number in
                Publisher.message(
                    "requests", "vault.reveal", subject: contacts.ids[number % contacts.ids.count],
                    ["field": .string(VaultContacts.field), "reason": "Refund of order 4711", "replyKey": replyKey],
                    token: tokens[number % tokens.count])
            }, publisher)
    }

    private static func decide(_ contacts: [String], _ publisher: Publisher) async throws {
        let granted = try await FactQueue.open("consent.granted")
        let token = try variable("PRIVACY_TOKEN")
        let consents = ["tracking", "partner-contact"]
        try await publisher.publish(
            (0..<decisions).map { number in
                Publisher.message(
                    "requests", "consent.record", subject: contacts[number % contacts.count],
                    [
                        "consent": .string(consents[number / contacts.count % consents.count]), "decision": "granted",
                        "channel": "phone", "evidence": ["note": "Asked for it in a call."],
                    ], token: token)
            })
        try await take(decisions, from: granted)
        await granted.close()
    }

    /// Long answers of consent and opt-in.
    private static func ask(_ contacts: [String], _ publisher: Publisher) async throws {
        let many = JSON.array((0..<largestPage).map { .string(contacts[$0 % contacts.count]) })
        try await ask(
            (0..<questions).map { number in
                number % 2 == 0
                    ? Publisher.message(
                        "requests", "consent.find", subject: "bench",
                        ["where": ["field": "locale", "is": "en"], "limit": .number("\(largestPage)")])
                    : Publisher.message(
                        "requests", "optin.check", subject: "bench", ["category": "campaign", "contacts": many])
            }, publisher)
    }

    private static func ask(_ requests: [OutgoingMessage], _ publisher: Publisher) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (number, request) in requests.enumerated() {
                if number >= questionsAtATime { try await group.next() }
                group.addTask { _ = try await publisher.ask(request, timeout: limit) }
            }
            try await group.waitForAll()
        }
    }
}
