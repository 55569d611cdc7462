import Models
import Testing

/// A contact with a value in every field, among the attributes one of each kind.
private let full = Condition.Facts(
    attributes: ["region": "EU", "score": .number("40.0"), "vip": true], locale: "de-AT", optIn: "double-opt-in",
    lists: ["news"], consents: ["tracking": "granted"], processing: "stopped", erasure: "requested")
private let empty = Condition.Facts()

private func holds(_ field: Condition.Field, _ test: Condition.Test, _ facts: Condition.Facts = full) -> Bool {
    Condition.leaf(field, test).matches(facts)
}

@Suite("Evaluation of conditions")
struct ConditionEvaluationTests {
    /// A field, its value in `full`, another value of its kind, one of another kind, and whether it is missing in
    /// `empty`.
    private static let fields: [(field: Condition.Field, value: JSON, other: JSON, alien: JSON, canMiss: Bool)] = [
        (.profile("region"), "EU", "US", 1, true), (.profile("score"), 40, 41, "40", true),
        (.profile("vip"), true, false, "true", true), (.locale, "de-AT", "de", 1, true),
        (.optIn, "double-opt-in", "none", true, false), (.list("news"), true, false, "true", false),
        (.consent("tracking"), "granted", "none", true, false), (.processing, "stopped", "active", 0, false),
        (.erasure, "requested", "none", false, false),
    ]

    @Test("is and in hold for an equal value of the same kind alone")
    func equality() {
        for (field, value, other, alien, _) in Self.fields {
            #expect(holds(field, .is(value)), "\(field)")
            #expect(!holds(field, .is(other)) && !holds(field, .is(alien)), "\(field)")
            #expect(holds(field, .in([alien, other, value])), "\(field)")
            #expect(!holds(field, .in([other, alien])), "\(field)")
        }
    }

    @Test("exists tells a value from none; a status that is none, and a list not subscribed to, are values")
    func existence() {
        for (field, _, _, _, canMiss) in Self.fields {
            #expect(holds(field, .exists(true)) && !holds(field, .exists(false)), "\(field)")
            #expect(holds(field, .exists(true), empty) == !canMiss, "\(field)")
            #expect(holds(field, .exists(false), empty) == canMiss, "\(field)")
        }
    }

    @Test("a missing field makes every test false but exists: false, and not of it true")
    func missing() {
        let fields: [Condition.Field] = [.profile("region"), .profile("score"), .profile("vip"), .locale]
        let tests: [Condition.Test] = [
            .is("EU"), .is(40), .is(true), .in(["EU", 40, true]), .exists(true), .atLeast(""), .atLeast(0),
            .atMost("~"), .atMost(99), .startsWith(""),
        ]
        for field in fields {
            for test in tests {
                #expect(!holds(field, test, empty), "\(field) \(test)")
                #expect(Condition.not(.leaf(field, test)).matches(empty), "\(field) \(test)")
            }
        }
    }

    @Test("atLeast and atMost compare numbers with numbers and strings with strings, never one with the other")
    func order() {
        for (field, value, _, alien, _) in Self.fields {
            let isOrdered = if case .bool = value { false } else { true }
            #expect(holds(field, .atLeast(value)) == isOrdered, "\(field)")
            #expect(holds(field, .atMost(value)) == isOrdered, "\(field)")
            #expect(!holds(field, .atLeast(alien)) && !holds(field, .atMost(alien)), "\(field)")
        }
        #expect(holds(.profile("score"), .atLeast(.number("39.99"))) && !holds(.profile("score"), .atLeast(41)))
        #expect(holds(.profile("score"), .atMost(41)) && !holds(.profile("score"), .atMost(9)))
        #expect(holds(.profile("region"), .atLeast("E")) && !holds(.profile("region"), .atLeast("EUR")))
        #expect(holds(.optIn, .atMost("e")) && !holds(.optIn, .atMost("d")))
    }

    @Test("startsWith holds for strings alone")
    func beginnings() {
        for (field, value, _, _, _) in Self.fields {
            #expect(holds(field, .startsWith("")) == (value.text != nil), "\(field)")
            if let text = value.text {
                #expect(holds(field, .startsWith(String(text.prefix(2)))) && holds(field, .startsWith(text)))
                #expect(!holds(field, .startsWith(text + "x")) && !holds(field, .startsWith("x")))
            }
        }
    }

    @Test("what is true of a contact of whom nothing is known but that it is there")
    func newContact() {
        let truths: [(Condition.Field, JSON)] = [
            (.optIn, "none"), (.list("news"), false), (.consent("tracking"), "none"), (.processing, "active"),
            (.erasure, "none"),
        ]
        for (field, value) in truths { #expect(holds(field, .is(value), empty), "\(field)") }
    }

    @Test("numbers compare by value however they are written")
    func numbers() {
        let groups = [
            ["-1e10000"], ["-12", "-1.2e1"], ["-11.5"], ["-1", "-1.0", "-10e-1"], ["-0.5"],
            ["0", "-0", "0.00", "0e5", "-0e-10000"], ["1e-10000", "0.1e-9999"], ["0.1", "1e-1", "0.10"],
            ["1", "1.0", "1E0", "10e-1", "0.001e+3"],
            ["1.0000000000000000000000001"], ["9"], ["10", "1e1"], ["9007199254740993"], ["9007199254740994"],
            ["1e10000", "10e9999"],
        ]
        for (place, group) in groups.enumerated() {
            for (otherPlace, other) in groups.enumerated() {
                for one in group {
                    let facts = Condition.Facts(attributes: ["n": .number(one)])
                    for bound in other.map(JSON.number) {
                        #expect(holds(.profile("n"), .is(bound), facts) == (place == otherPlace), "\(one) \(bound)")
                        #expect(holds(.profile("n"), .atLeast(bound), facts) == (place >= otherPlace))
                        #expect(holds(.profile("n"), .atMost(bound), facts) == (place <= otherPlace))
                    }
                }
            }
        }
    }

    @Test("a number whose exponent is out of range is there and equal to nothing")
    func outOfRange() {
        let facts = Condition.Facts(attributes: ["n": .number("1e10001")])
        #expect(holds(.profile("n"), .exists(true), facts))
        for test in [Condition.Test.is(.number("1e10001")), .atLeast(0), .atMost(0)] {
            #expect(!holds(.profile("n"), test, facts))
        }
        let vocabulary = Condition.Vocabulary(attributes: ["n"], lists: [], consents: [])
        let json: JSON = ["field": "profile.n", "in": [1, .number("1e10001")]]
        #expect(
            Condition.checked(json, at: "", knowing: vocabulary).refusals
                == [Refusal(.invalidField, "has an exponent out of range", at: "/in/1")])
    }

    @Test("strings compare by code points: accents, cases and what lies beyond 16 bits are told apart")
    func codePoints() {
        let inOrder = ["", "E", "EU", "e", "e\u{301}", "é", "\u{FFFD}", "😀"]
        for (place, text) in inOrder.enumerated() {
            let facts = Condition.Facts(attributes: ["t": .string(text)], locale: text)
            for (otherPlace, other) in inOrder.enumerated() {
                for field in [Condition.Field.profile("t"), .locale] {
                    #expect(holds(field, .is(.string(other)), facts) == (place == otherPlace))
                    #expect(holds(field, .atLeast(.string(other)), facts) == (place >= otherPlace))
                    #expect(holds(field, .atMost(.string(other)), facts) == (place <= otherPlace))
                }
            }
        }
        #expect(holds(.locale, .startsWith("e"), Condition.Facts(locale: "e\u{301}")))
        #expect(!holds(.locale, .startsWith("e"), Condition.Facts(locale: "é")))
    }

    @Test("all of none holds, any of none does not, and they nest")
    func combinations() {
        let yes = Condition.all([])
        let no = Condition.any([])
        #expect(yes.matches(empty) && !no.matches(empty))
        #expect(Condition.not(no).matches(empty) && !Condition.not(yes).matches(empty))
        #expect(Condition.all([yes, .any([no, yes])]).matches(empty))
        #expect(!Condition.all([yes, .any([no, .not(yes)])]).matches(empty))
    }
}
