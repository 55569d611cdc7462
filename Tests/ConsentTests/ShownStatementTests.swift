import ConsentDomain
import FoundationEssentials
import Models
import Testing

private let now = Timestamp(microseconds: 1_763_800_000_000_000)

@Suite("Statements that were shown on the page")
struct ShownStatementTests {
    private func rules(version: String) -> PageRules {
        let texts = ["en": "You may track me", "de": "Sie dürfen mich verfolgen"].mapValues { $0 + " \(version)" }
        let consent = DeclaredConsent(
            name: "tracking", version: version, isGrantedByDefault: true, field: nil, texts: texts)
        return PageRules(audience: nil, consents: [consent])
    }

    private func act(_ evidence: Evidence = Evidence()) -> PageAct {
        PageAct(
            evidence: evidence,
            request: KeptRequest(id: UUID(), source: "/assent/consent", type: "internal.page-form", replies: []),
            stamp: OrderBook.Stamp(number: 256, epoch: 0), at: now, newID: { UUID() })
    }

    /// A form of the German page under version 1, confirmed under another version of the configuration.
    private func confirmed(_ isGranted: Bool, under version: String) throws -> Unsaved.Record? {
        var contact = ConsentContact(exists: true, locale: nil, attributes: [:])
        contact.numbering = DecisionCounter(partition: 3, next: 7)
        let form = PageForm(
            id: UUID(), action: .change,
            wanted: [PageForm.Wanted(.consent("tracking", isGranted: isGranted), version: "1")], hasNonce: true,
            language: "de", evidence: .none)
        _ = try contact.submit(form, rules(version: "1"), by: act())
        let press = ButtonPress(isEarly: false, hasNonce: true, code: .none)
        let evidence = Evidence(remoteAddress: "192.0.2.7", text: "All the words of the confirmation page")
        _ = try contact.press(form.id, .confirm, press, rules(version: version), by: act(evidence))
        return contact.unsaved.records.last
    }

    @Test("C0 a decision has the version, the words and the language of the page, not of the confirmation")
    func words() throws {
        let record = try #require(try confirmed(true, under: "1"))
        #expect(record.decision.textVersion == "1" && record.decision.channel == "page")
        #expect(record.evidence.text == "Sie dürfen mich verfolgen 1" && record.evidence.language == "de")
        #expect(record.evidence.remoteAddress == "192.0.2.7")
    }

    @Test("C0 a withdrawal confirmed under a later version names the version that was shown")
    func earlier() throws {
        let record = try #require(try confirmed(false, under: "2"))
        #expect(record.decision.textVersion == "1" && record.evidence.language == "de")
        #expect(record.evidence.text == nil)
    }
}
