import ConsentDomain
import Cryptography
import FoundationEssentials
import Hummingbird
import Logging
import Messaging
import Models
import PostgreSQL
import Settings
import TestSupport
import Testing

@testable import ConsentService

@Suite("A contact's page", .database)
struct PageLinksTests {
    private func visit() throws -> Visit {
        let head = HTTPRequest(method: .get, scheme: "http", authority: "localhost", path: "/p/x")
        return Visit(Request(head: head, body: .init(buffer: .init())), peer: nil, trustedProxy: nil)
    }

    private func opened(_ id: UUID, _ subject: String = "") throws -> LinkToken.Opened {
        let ring = try KeyRing(json: #"{"keys":[{"version":1,"key":"\#(String(repeating: "A", count: 43))"}]}"#)
        return try #require(
            LinkToken.open(LinkToken.make(.page, id: id, subject: subject, with: ring), .page, with: ring))
    }

    /// Contacts `known` with a link, and `heard` that only facts told of.
    private func withContacts(_ body: (PreferencePage, _ link: UUID) async throws -> Void) async throws {
        try await TestDatabase.withSchema(MessagingMigrations.all + ConsentMigrations.all) { pool in
            let link = UUID()
            var known = ConsentContact(exists: true, locale: "de", attributes: [:])
            try known.link(link)
            let heard = ConsentContact.unknown
            let saving = try await ConsentStore().saving([("known", known), ("heard", heard)], at: .now)
            _ = try await pool.run(saving)
            let renderer = try PageRenderer(settings: try Settings.load(yaml: "languages: [en, de]"))
            let flow = PageFlow(renderer: renderer, links: PageLinks(pool: pool, life: .seconds(60)))
            try await body(PreferencePage(flow: flow), link)
        }
    }

    @Test("P4 opens by the link that was given out, and by a mail's footer, in the contact's language")
    func opens() async throws {
        try await withContacts { page, link in
            for opened in [try opened(link), try opened(UUID(), "known")] {
                let answer = await page.show(opened, try visit())
                #expect(answer.status == .ok)
                #expect(answer.language == "de")
                #expect(answer.html.contains("known") == false)
            }
        }
    }

    @Test("P4 is not there for a link that nobody gave out, or of a contact that is not known here")
    func unknown() async throws {
        try await withContacts { page, _ in
            for subject in ["", "heard", "nobody", "no id\n"] {
                let answer = await page.show(try opened(UUID(), subject), try visit())
                #expect(answer.status == .notFound, "\(subject)")
            }
        }
    }

    @Test("P4 a link that ran out opens nothing, and its row goes")
    func runsOut() async throws {
        try await TestDatabase.withSchema(MessagingMigrations.all + ConsentMigrations.all) { pool in
            let (old, new, now) = (UUID(), UUID(), Timestamp.now)
            let life = Duration.seconds(60)
            for (link, time) in [(old, now - life), (new, now)] {
                var contact = ConsentContact(exists: true, locale: nil, attributes: [:])
                try contact.link(link)
                _ = try await pool.run(try await ConsentStore().saving([("c", contact)], at: time))
            }
            let links = PageLinks(pool: pool, life: life)
            #expect(try await links.contact(of: old, at: now) == nil)
            #expect(try await links.contact(of: new, at: now)?.text == "c")
            try await PageLinkSweep(pool: pool, life: life, log: Logger(label: "test")).sweep(at: now)
            let rows = try await pool.run([Statement("SELECT id FROM page_link")])[0]
            #expect(try rows.map { try $0.uuid(0) } == [new])
        }
    }
}
