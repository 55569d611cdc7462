import Foundation
import Models
import Settings
import Testing

/// The file that ships, at the repository's root.
func sampleText() throws -> String {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    return try String(contentsOf: root.appending(path: "assent.yaml"), encoding: .utf8)
}

@Suite("The sample configuration")
struct SampleTests {
    @Test("P2 the sample loads with the values that the contract lists")
    func values() throws {
        let settings = try Settings.load(yaml: try sampleText())
        #expect(settings.languages == ["en", "de"])
        #expect(Set(settings.attributes.keys) == ["region", "salesStage", "company", "score"])
        #expect(settings.attributes.filter(\.value.identifying).map(\.key) == ["company"])
        #expect(settings.page.audience == .leaf(.profile("region"), .is("EU")))
        #expect(settings.page.withdrawal == .confirm)
        #expect(settings.lists.map(\.name) == ["news", "events"])
        #expect(
            settings.consents.map(\.name) == [
                "credit-card", "national-id", "tracking", "partner-contact", "automated-decisions",
            ])
        #expect(
            settings.consents.map(\.kind) == [
                .field("creditCard"), .field("nationalId"), .tracking, .custom, .custom,
            ])
        #expect(settings.consents.allSatisfy { $0.standard == .refused && $0.editable && $0.text.count == 2 })
        #expect(settings.consents.first?.shown == .leaf(.profile("salesStage"), .is("ready-to-buy")))
        #expect(settings.consents.dropFirst().allSatisfy { $0.shown == nil })
    }

    @Test("V2 the sample's fields have the contract's masks")
    func fields() throws {
        let fields = try Settings.load(yaml: try sampleText()).fields
        #expect(Set(fields.keys) == ["creditCard", "nationalId", "firstName", "lastName", "birthday"])
        #expect(fields["creditCard"]?.mask == .last(4))
        #expect(fields["nationalId"]?.mask == .last(2))
        #expect(Set(fields.filter(\.value.sensitive).map(\.key)) == ["creditCard", "nationalId"])
    }

    @Test("O8 the sample's policy is double, its limits are the contract's")
    func terms() throws {
        let settings = try Settings.load(yaml: try sampleText())
        #expect(settings.optIn.policy == .double)
        #expect(settings.optIn.mailEvery == .seconds(86_400))
        #expect(settings.optIn.linkLife == .seconds(7 * 86_400))
        #expect(settings.optIn.replyWindow == nil)
        #expect(settings.revealsPerHour == 60)
        #expect(settings.deadLettersKept == .seconds(30 * 86_400))
        #expect(settings.mailsKept == .seconds(90 * 86_400))
        #expect(settings.erasure.grace == .seconds(86_400))
        #expect(settings.erasure.participants.isEmpty)
        #expect(settings.mail.from?.name == "Example GmbH")
        #expect(settings.mail.from?.address == EmailAddress("privacy@example.com"))
        let partner = try #require(EmailAddress("partner@example.com"))
        #expect(settings.workflows.first?.actions == [.mail(to: .address(partner), template: "partner-contact")])
        #expect(settings.workflows.first?.condition?.consents == ["partner-contact"])
    }

    @Test("V3 permissions come from every role and from the user's own")
    func permissions() throws {
        var settings = try Settings.load(yaml: try sampleText())
        #expect(settings.permissions(roles: ["billing"], user: "ann") == [.reveal(field: "creditCard")])
        #expect(
            settings.permissions(roles: ["marketing"], user: "ann") == [
                .invite, .setOptIn, .importOptIns, .lists, .campaign,
            ])
        #expect(
            settings.permissions(roles: ["privacy", "billing"], user: "ann") == [
                .recordConsent, .resume, .readAccessLog, .erase, .rehearse, .reveal(field: "creditCard"),
            ])
        #expect(settings.permissions(roles: ["support", "nobody"], user: "billing").isEmpty)
        settings = try Settings.load(yaml: "users: {ann@crm: [erase]}")
        #expect(settings.permissions(roles: [], user: "ann@crm") == [.erase])
    }

    @Test("The keys of the contract's example load as they stand there")
    func contractExample() throws {
        let settings = try Settings.load(
            yaml: """
                page: {audience: {field: profile.region, is: EU}, notify: {not: {field: optIn, is: none}},
                  withdrawal: at-once, linkLife: 400d, statement: {version: "1", text: {en: Hello}},
                  policies: [{name: p, version: "2", title: {en: T}, text: {en: A}}], buttons: [access, erase]}
                attributes: {region: {}, company: {identifying: true}}
                fields: {creditCard: {sensitive: true, show: {last: 4}}, firstName: {}}
                consents: {credit-card: {kind: field, field: creditCard,
                  shown: {field: locale, startsWith: de}, editable: true, default: refused, version: "1",
                  validFor: 730d, renewBefore: 30d, clearAfter: 30d, basis: consent, purpose: {en: To charge},
                  recipients: [Payments Ltd], text: {en: Yes}}}
                lists: [news, events]
                optIn: {policy: double-or-user, mailEvery: 24h, linkLife: 7d, replyWindow: 0}
                vault: {revealsPerHour: 60}
                deadLetters: {keep: 30d}
                keep: {mails: 30d}
                erasure: {grace: 24h, backupsKept: 35d, participants: [{name: shop, account: shop}]}
                roles: {billing: [reveal:creditCard]}
                workflows: [{name: w, on: consent.granted, where: {field: list.news, is: true},
                  do: [{publish: {queue: shop.orders, type: partner.shared, fields: [firstName, email]}}]}]
                controller: {name: Example, address: Street 1, contact: a@example.com,
                  privacyPolicy: "https://example.com"}
                """)
        #expect(settings.page.statement == .init(version: "1", text: ["en": "Hello"]))
        #expect(settings.page.policies.map(\.version) == ["2"])
        #expect(settings.page.buttons == [.access, .erase])
        #expect(settings.controller?.privacyPolicy == "https://example.com")
        let consent = try #require(settings.consents.first)
        #expect(consent.grounds == .init(basis: .consent, purpose: ["en": "To charge"], recipients: ["Payments Ltd"]))
        #expect(consent.expiry?.validFor == .seconds(730 * 86_400))
        #expect(settings.page.withdrawal == .atOnce)
        #expect(settings.mailsKept == .seconds(30 * 86_400))
        #expect(settings.optIn.replyWindow == nil)
        #expect(settings.erasure.participants.map(\.account) == ["shop"])
        #expect(settings.lists.map(\.name) == ["news", "events"])
        #expect(settings.permissions(roles: ["billing"], user: "") == [.reveal(field: "creditCard")])
        #expect(
            settings.workflows.first?.actions == [
                .publish(queue: "shop.orders", type: "partner.shared", fields: ["firstName", "email"])
            ])
    }

    @Test("Layout and comments change nothing of the canonical JSON, values and the order of consents do")
    func canonicalJSON() throws {
        let one = try Settings.load(yaml: "# a comment\nlists:\n  news: {}\n  events: {}\nvault: {revealsPerHour: 5}")
        let same = try Settings.load(yaml: "vault:\n  revealsPerHour: 5\n\"lists\": {news: {}, 'events': {}}")
        #expect(one.canonicalJSON == same.canonicalJSON)
        #expect(
            String(decoding: one.canonicalJSON, as: UTF8.self)
                == #"{"lists":{"news":{},"events":{}},"vault":{"revealsPerHour":5}}"#)
        let reordered = try Settings.load(yaml: "lists: {events: {}, news: {}}\nvault: {revealsPerHour: 5}")
        #expect(one.canonicalJSON != reordered.canonicalJSON)
    }
}
