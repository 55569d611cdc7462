import ConsentDomain
import Cryptography
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Models
import NIOCore
import RabbitMQ
import ServiceKit
import Settings
import Synchronization
import Testing

@testable import ConsentService
@testable import Messaging

private let now = Timestamp(microseconds: 1_763_800_000_000_000)

private func ring() throws -> KeyRing {
    try KeyRing(json: #"{"keys":[{"version":1,"key":"\#(String(repeating: "A", count: 43))"}]}"#)
}

@Suite("C2 Engagement")
struct EngagementTests {
    private func environment(isTracking: Bool = true) throws -> ConsentEnvironment {
        let tracking = """
            consents: {tracking: {kind: tracking, editable: true, default: refused, version: "1", basis: consent,
              purpose: {en: P}, text: {en: T}}}
            """
        let settings = try Settings.load(yaml: "brand: {name: T}\nlanguages: [en]\n\(isTracking ? tracking : "")")
        return ConsentEnvironment(
            settings: settings, linkKeys: KeyRingFile(try ring()), publicURL: "https://privacy.example.com")
    }

    private func decide<H: Handler<ConsentContact>>(
        _ handler: H.Type, _ contact: ConsentContact, isTracking: Bool = true
    ) throws -> (effects: [Effect], isUnchanged: Bool) {
        let data: JSON = ["kind": "link-clicked", "item": "spring#2"]
        let event = Event(id: UUID(), source: "/crm", type: H.type, subject: "c-1", time: now, data: data)
        let message = Message(
            event: event, exchange: H.exchange, account: "crm", replyAddress: nil, traceparent: nil, bodyHash: [],
            authorization: nil)
        let context = Context<ConsentContact>(
            environment: try environment(isTracking: isTracking), message: message, now: now, user: nil)
        var state = contact
        let effects = try H(reading: try Reader(data, at: "/data")).decide(&state, context)
        return (effects, state == contact)
    }

    private func contact(_ choice: Decision.Choice?, _ processing: Processing = .active) -> ConsentContact {
        let decision = choice.map {
            Decision(
                choice: $0, textVersion: "1", channel: "page", decidedAt: now,
                index: LedgerIndex(partition: 1, number: 1, epoch: 0))
        }
        return ConsentContact(
            exists: true, locale: nil, attributes: [:], decisions: decision.map { ["tracking": $0] } ?? [:],
            page: PageState(processing: processing))
    }

    @Test(
        "An engagement is a fact with the consent of a contact who has not stopped processing, and nothing else",
        arguments: [nil, .granted, .revoked] as [Decision.Choice?], [Processing.active, .stopped])
    func decisions(choice: Decision.Choice?, processing: Processing) throws {
        let isAllowed = choice == .granted && processing == .active
        for isTracking in [true, false] {
            let contact = contact(choice, processing)
            for (effects, isUnchanged) in [
                try decide(EngagementRecorded.self, contact, isTracking: isTracking),
                try decide(EngagementNoticeHandler.self, contact, isTracking: isTracking),
            ] {
                #expect(isUnchanged)
                #expect(effects.count == (isAllowed && isTracking ? 1 : 0))
                for effect in effects {
                    guard case .fact("engagement.accepted", let data) = effect else {
                        Issue.record("\(effect)")
                        continue
                    }
                    #expect(data == ["kind": "link-clicked", "item": "spring#2"])
                }
            }
        }
    }

    @Test(
        "A contact's summary allows what the whole contact allows",
        arguments: [nil, .granted, .revoked] as [Decision.Choice?], [Processing.active, .stopped])
    func summaries(choice: Decision.Choice?, processing: Processing) {
        let summary = ConsentContact(
            summaryOf: true, processing: processing, granted: choice == .granted ? ["tracking"] : [],
            revoked: choice == .revoked ? ["tracking"] : [])
        let whole = contact(choice, processing)
        for isGrantedByDefault in [true, false] {
            let consent = DeclaredConsent(
                name: "tracking", version: "1", isGrantedByDefault: isGrantedByDefault, field: nil)
            #expect(summary.isAllowed(consent, at: now) == whole.isAllowed(consent, at: now))
        }
    }

    @Test("A publisher's event about an unknown contact is refused; the web's is dropped")
    func unknown() throws {
        #expect { try decide(EngagementRecorded.self, .unknown) } throws: {
            ($0 as? Refusal)?.code == .unknownContact
        }
        #expect(try decide(EngagementNoticeHandler.self, .unknown).effects.isEmpty)
    }

    @Test(
        "Kind and item are required",
        arguments: [
            #"{"kind":"slept","item":"x"}"#, #"{"kind":"mail-opened"}"#,
            #"{"item":"x"}"#, #"{"kind":"mail-opened","item":""}"#, #"{"kind":"mail-opened","item":1}"#, "{}",
        ])
    func reading(_ data: String) throws {
        let reader = try Reader(try JSON(parsing: Array(data.utf8)), at: "/data")
        #expect(throws: Refusal.self) { try Engagement(reading: reader) }
    }
}

@Suite("C2 Tracking pixels and tracked links")
struct EngagementLinkTests {
    private let published = Published()
    private let id = UUID()

    private final class Published: Sendable {
        let messages = Mutex<[OutgoingMessage]>([])
    }

    private func links(_ rate: Settings.Rate? = nil) throws -> (EngagementLinks, EngagementReports) {
        let published = published
        let reports = EngagementReports(counting: DroppedEngagement()) { messages in
            published.messages.withLock { $0 += messages }
        }
        let links = EngagementLinks(
            linkKeys: KeyRingFile(try ring()), reports: reports, dropped: DroppedEngagement(),
            perToken: RateLimit(rate))
        return (links, reports)
    }

    private func visit(_ path: String, _ method: HTTPRequest.Method = .get) -> Visit {
        let head = HTTPRequest(method: method, scheme: "https", authority: "x", path: path)
        return Visit(
            Request(head: head, body: .init(buffer: ByteBuffer())), peer: "127.0.0.1", trustedProxy: nil)
    }

    private func token(
        _ linkClass: LinkClass, subject: String = "c-1", _ details: [String] = ["spring#1", "https://example.com/?a#b"]
    ) throws -> String {
        LinkToken.make(linkClass, id: id, subject: subject, details: details, with: try ring())
    }

    @Test("A link leads to its target, and tells it nothing")
    func link() throws {
        let response = try #require(try links().0.response(to: visit("/l/\(try token(.link))")))
        #expect(response.status == .found)
        #expect(response.headers[.location] == "https://example.com/?a#b")
        #expect(response.headers[try #require(HTTPField.Name("Referrer-Policy"))] == "no-referrer")
        #expect(response.headers[.cacheControl] == "no-store")
    }

    @Test("The pixel is a GIF of 43 bytes that nobody keeps")
    func pixel() throws {
        let response = try #require(try links().0.response(to: visit("/t/\(try token(.pixel, ["spring"]))")))
        #expect(response.status == .ok)
        #expect(response.headers[.contentType] == "image/gif")
        #expect(response.headers[.cacheControl] == "no-store")
        #expect(EngagementLinks.pixel.readableBytes == 43)
    }

    @Test("Nothing leads anywhere but an untouched token of its own class, in a GET or HEAD")
    func forged() throws {
        let (links, _) = try links()
        let link = try token(.link), pixel = try token(.pixel, ["spring"])
        let paths = [
            "/l/\(pixel)", "/t/\(link)", "/l/\(link.dropLast())", "/l/\(link)a", "/l/", "/l/https://example.com",
            "/l/\(try token(.link, ["spring#1"]))", "/t/\(try token(.pixel, []))",
            "/l/\(try token(.link, subject: ""))",
            "/p/\(link)", "/l/\(link)/x", "/l/\(try token(.link, subject: "no contact"))",
        ]
        for path in paths { #expect(links.response(to: visit(path)) == nil, "\(path)") }
        for method: HTTPRequest.Method in [.post, .put, .delete, .options] {
            #expect(links.response(to: visit("/l/\(link)", method)) == nil)
        }
    }

    @Test("GET tells consent, in the contact's partition; HEAD does not, nor does what exceeds the limit")
    func counts() async throws {
        let (links, reports) = try links(Settings.Rate(count: 3, interval: .seconds(3600)))
        let path = "/l/\(try token(.link))"
        for method: HTTPRequest.Method in [.head, .get, .get, .get, .get, .get] {
            #expect(links.response(to: visit(path, method))?.status == .found)
        }
        let running = Task { try await reports.run() }
        while published.messages.withLock({ $0.count }) < 3 { try await Task.sleep(for: .milliseconds(1)) }
        running.cancel()
        _ = try? await running.value
        let messages = published.messages.withLock { $0 }
        #expect(messages.count == 3)
        for message in messages {
            let event = try Event(parsing: message.body)
            #expect(message.exchange == "internal" && message.routingKey == "internal.engagement")
            #expect(message.properties.headers["partitionkey"] == .string("c-1"))
            #expect(event.subject == "c-1" && event.source == "/assent/consent")
            #expect(event.data == ["kind": "link-clicked", "item": "spring#1"])
        }
        #expect(Set(messages.map(\.properties.messageID)).count == 3)
    }

    @Test("While the broker is away links work, and a bounded number of visits waits")
    func bounded() throws {
        let (links, _) = try links()
        let path = "/t/\(try token(.pixel, ["spring"]))"
        for _ in 0..<5000 { #expect(links.response(to: visit(path))?.status == .ok) }
    }
}
