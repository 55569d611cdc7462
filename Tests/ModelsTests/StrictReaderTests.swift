import Models
import Testing

/// A request as `optin.check` and `optin.import` read theirs.
private struct Sample {
    init(reading data: Reader) throws(Refusal) {
        _ = try data.text("category")
        _ = try data.optionalText("list")
        data.allow("inReplyTo")
        for one in try data.objects("contacts", limit: 10) { _ = try one.text("contact") }
        _ = try data.optionalObject("evidence")?.optionalText("note")
        _ = try data.optionalObject("fields")?.json
        _ = data.optional("where")
        try data.refuseUnknown()
    }
}

@Suite struct StrictReaderTests {
    private func refusal(_ data: JSON, isStrict: Bool = true) throws -> Refusal? {
        let reader = isStrict ? try Reader(strictly: data, at: "/data") : try Reader(data, at: "/data")
        do throws(Refusal) {
            _ = try Sample(reading: reader)
            return nil
        } catch {
            return error
        }
    }

    private func request(_ members: (String, JSON)...) -> JSON {
        let whole: [(String, JSON)] = [("category", "campaign"), ("contacts", [["contact": "c-1"]])] + members
        return .object(whole.map { JSON.Member($0.0, $0.1) })
    }

    @Test("a member that nobody asks for is refused, with its place and the name that was meant")
    func unknown() throws {
        #expect(
            try refusal(request(("lst", "news")))
                == Refusal(.invalidField, "is not known here; did you mean `list`?", at: "/data/lst"))
        #expect(try refusal(request(("LIST", "news")))?.message.hasSuffix("did you mean `list`?") == true)
        #expect(
            try refusal(request(("colour", nil)))
                == Refusal(
                    .invalidField,
                    "is not known here; known are category, contacts, evidence, fields, inReplyTo, list, where",
                    at: "/data/colour"))
    }

    @Test("what stands in an object or in an element of an array is refused likewise")
    func nested() throws {
        #expect(
            try refusal(request(("evidence", ["note": "a", "nte": "b"])))
                == Refusal(.invalidField, "is not known here; did you mean `note`?", at: "/data/evidence/nte"))
        let contacts: JSON = ["category": "x", "contacts": [["contact": "c-1"], ["contact": "c-2", "a~/b": 1]]]
        #expect(try refusal(contacts)?.pointer == "/data/contacts/1/a~0~1b")
    }

    @Test("maps whose keys are names, conditions, and members that may stand there are no mistake")
    func known() throws {
        #expect(try refusal(request(("fields", ["creditCard": ["value": "x"]]))) == nil)
        #expect(try refusal(request(("where", ["field": "locale", "is": "de"]))) == nil)
        #expect(try refusal(request(("inReplyTo", "<a@b>"), ("list", "news"))) == nil)
    }

    @Test("what tells of something may bring members of a later version")
    func lenient() throws { #expect(try refusal(request(("lst", "news")), isStrict: false) == nil) }

    @Test("what was refused once is not refused again, so that a handler can see to it itself")
    func once() throws {
        let reader = try Reader(strictly: ["a": 1], at: "/data")
        #expect(throws: Refusal.self) { try reader.refuseUnknown() }
        #expect(throws: Never.self) { try reader.refuseUnknown() }
    }

    @Test("a name of any length is cut, and so is what is said of it")
    func long() throws {
        let found = try refusal(request((String(repeating: "x", count: 900_000), 1)))
        #expect(found?.pointer?.utf8.count ?? 0 <= 512 && found?.message.utf8.count ?? 0 <= 2048)
    }

    @Test(
        "a wrong type is named",
        arguments: [
            ("text", "true or false", "a string"), (7, "true or false", "a number"), ([1], "true or false", "an array"),
            (["a": 1], "true or false", "an object"),
        ] as [(JSON, String, String)])
    func types(_ value: JSON, _ wanted: String, _ found: String) throws {
        let reader = try Reader(["marketing": value], at: "/data")
        #expect(throws: Refusal(.invalidField, "must be \(wanted), and is \(found)", at: "/data/marketing")) {
            try reader.bool("marketing")
        }
    }
}

@Suite struct SensitiveNamesTests {
    private let names: SensitiveNames = ["creditCard", "nationalId"]

    @Test(
        "V7 a sensitive field's name counts however it is spelt",
        arguments: [
            "creditCard", "creditcard", "CREDITCARD", "credit-card", "credit_card", "Credit Card", "national-ID",
            "credit\u{2011}card", "credit\u{a0}card", "cr\u{200b}editCard", "_creditCard_",
        ])
    func spellings(key: String) throws {
        #expect(names.contains(key))
        let reader = try Reader(["profile": .object([.init(key, "4111")])], at: "/data")
        do throws(Refusal) {
            _ = try ContactChange(reading: reader, sensitive: names)
            Issue.record("taken")
        } catch {
            #expect(error.code == .invalidField && error.dropsBody)
        }
        #expect(names.stand(inQuotesOf: #"{"data":{"profile":{"\#(key)":"4111""#))
    }

    @Test("V7 another name is none", arguments: ["creditCards", "credit", "card", "", "creditCard2", "crédit-card"])
    func others(key: String) {
        #expect(!names.contains(key))
        #expect(!SensitiveNames([]).contains(key))
    }
}
