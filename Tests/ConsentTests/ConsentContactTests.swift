import ConsentDomain
import FoundationEssentials
import Models
import Testing

private let attributes: Set<String> = ["region", "score"]

private func change(_ text: String, sensitive: SensitiveNames = ["creditCard"]) throws -> ContactChange {
    try ContactChange(reading: try reader(text), sensitive: sensitive)
}

private func reader(_ text: String) throws -> Reader {
    try Reader(try JSON(parsing: Array(text.utf8)), at: "/data")
}

private func refusal(_ body: () throws -> Void) -> Refusal? {
    do {
        try body()
        return nil
    } catch {
        return error as? Refusal
    }
}

@Suite("The consent service's contact")
struct ConsentContactTests {
    private func known() throws -> ConsentContact {
        var contact = ConsentContact.unknown
        let text =
            #"{"email":"ada@example.com","locale":"de","profile":{"region":"EU","score":1.50,"#
            + #""firstName":"Ada"}}"#
        try contact.create(try change(text), keeping: attributes)
        return contact
    }

    @Test("contact.created keeps attributes and locale, numbers as written, and nothing else")
    func created() throws {
        let contact = try known()
        #expect(contact.exists)
        #expect(contact.locale == "de")
        #expect(contact.attributes == ["region": "EU", "score": .number("1.50")])
    }

    @Test("contact.created without an address is refused and changes nothing")
    func createdWithoutAddress() throws {
        var contact = ConsentContact.unknown
        let change = try change(#"{"profile":{"region":"EU"}}"#)
        #expect(refusal { try contact.create(change, keeping: attributes) }?.pointer == "/data/email")
        #expect(contact == .unknown)
    }

    @Test("contact.created of a known contact merges as contact.updated does")
    func createdAgain() throws {
        var contact = try known()
        try contact.create(try change(#"{"email":"b@example.com","profile":{"score":2}}"#), keeping: attributes)
        #expect(contact.attributes == ["region": "EU", "score": 2])
        #expect(contact.locale == "de")
    }

    @Test("contact.updated merges, and null removes a key")
    func updated() throws {
        var contact = try known()
        try contact.update(try change(#"{"locale":"en","profile":{"region":null,"score":true}}"#), keeping: attributes)
        #expect(contact.attributes == ["score": true])
        #expect(contact.locale == "en")
    }

    @Test("contact.updated creates an unknown contact only with an address")
    func updatedUnknown() throws {
        var contact = ConsentContact.unknown
        let without = try change(#"{"locale":"en"}"#)
        #expect(refusal { try contact.update(without, keeping: attributes) }?.code == .unknownContact)
        try contact.update(try change(#"{"email":"a@example.com"}"#), keeping: attributes)
        #expect(contact.exists)
    }

    @Test("webform.submitted creates an unknown contact and changes nothing of a known one")
    func form() throws {
        let text = #"{"email":"x@example.com","marketing":true,"form":"f","locale":"fr","profile":{"region":"US"}}"#
        let form = try WebformSubmitted(reading: try reader(text), sensitive: [])
        var contact = ConsentContact.unknown
        contact.submit(form, keeping: attributes)
        #expect(contact.attributes == ["region": "US"])
        var other = try known()
        other.submit(form, keeping: attributes)
        #expect(try other == known())
    }

    @Test("consent.show answers one decision for each consent, with the default applied")
    func overview() throws {
        let consents = [
            DeclaredConsent(name: "tracking", version: "1", isGrantedByDefault: false, field: nil),
            DeclaredConsent(name: "service", version: "1", isGrantedByDefault: true, field: nil),
        ]
        let overview = try known().overview(of: consents, at: Timestamp(microseconds: 0))
        let expected =
            #"{"locale":"de","attributes":{"region":"EU","score":1.50},"processing":"active","#
            + #""erasure":"none","decisions":[{"consent":"tracking","decision":"none","effective":false},"#
            + #"{"consent":"service","decision":"none","effective":true}],"pending":[]}"#
        #expect(overview.serialized == expected)
        #expect(
            refusal { _ = try ConsentContact.unknown.overview(of: consents, at: Timestamp(microseconds: 0)) }?.code
                == .unknownContact)
    }
}

@Suite("What contacts and forms bring")
struct ContactChangeTests {
    @Test("A sensitive key is the first mistake, drops the body, and is pointed to")
    func sensitiveKey() {
        let text = #"{"email":"not an address","profile":{"x":["y"],"creditCard":"4111"}}"#
        let refusal = refusal { _ = try change(text) }
        #expect(refusal?.code == .invalidField)
        #expect(refusal?.pointer == "/data/profile/creditCard")
        #expect(refusal?.dropsBody == true)
    }

    @Test(
        "Mistakes are pointed to",
        arguments: [
            (#"{"email":"x"}"#, "/data/email"),
            (#"{"profile":{"a/b":{}}}"#, "/data/profile/a~1b"), (#"{"profile":[]}"#, "/data/profile"),
            (#"{"profile":{"email":"x"}}"#, "/data/profile"), (#"{"profile":{"":1}}"#, "/data/profile"),
        ])
    func mistakes(_ text: String, _ pointer: String) {
        let refusal = refusal { _ = try change(text) }
        #expect(refusal?.code == .invalidField)
        #expect(refusal?.pointer == pointer)
        #expect(refusal?.dropsBody == false)
    }

    @Test("A value has at most 4 KiB and a profile at most 200 keys")
    func limits() throws {
        let value = String(repeating: "x", count: 4096)
        #expect(try change(#"{"profile":{"a":"\#(value)"}}"#).profile.count == 1)
        #expect(refusal { _ = try change(#"{"profile":{"a":"\#(value)x"}}"#) }?.code == .tooLarge)
        let keys = (0...200).map { #""k\#($0)":1"# }.joined(separator: ",")
        #expect(refusal { _ = try change("{\"profile\":{\(keys)}}") }?.code == .tooLarge)
    }

    @Test("A form's browser name is cut at a whole character")
    func userAgent() throws {
        let agent = String(repeating: "x", count: 511) + "ü"
        let text = #"{"email":"x@example.com","marketing":false,"form":"f","userAgent":"\#(agent)"}"#
        let form = try WebformSubmitted(reading: try reader(text), sensitive: [])
        #expect(form.userAgent == String(repeating: "x", count: 511))
        #expect(form.lists.isEmpty)
    }
}
