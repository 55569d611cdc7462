import ConsentDomain
import FoundationEssentials
import Models

/// Random numbers that a seed fixes (SplitMix64, Steele and others 2014).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// Conditions and contacts out of few values, so that many meet, with what SQL and Swift could see differently.
struct RandomConditions {
    static let vocabulary = Condition.Vocabulary(
        attributes: ["region", "score", "any-name_1"], lists: ["news", "events"],
        consents: ["tracking", "card"])
    private static let texts = [
        "", "E", "EU", "EUR", "eu", "e\u{301}", "é", "\u{FFFD}", "😀", "40", "true", "null", "a\"b\\c", "a'b", "%", "$1",
        "a\nb", "de", "de-AT", "double-opt-in",
    ]
    private static let numbers = [
        "0", "-0.0", "0e7", "1", "1.0", "10e-1", "-1", "-1.5", "40", "40.000", "4E1", "0.1", "1e-10000", "1e10000",
        "-1e10000", "123456789012345678901234567890.1", "9007199254740993", "9007199254740992",
    ]

    var generator: SeededGenerator

    mutating func contact() -> ConsentContact {
        var attributes: [String: JSON] = [:]
        for name in Self.vocabulary.attributes.sorted() where chance(3, of: 4) {
            attributes[name] = chance(1, of: 20) ? .number(pick(["1e10001", "-7e-99999999999999999999"])) : value()
        }
        var contact = ConsentContact(
            exists: chance(9, of: 10), locale: chance(2, of: 3) ? pick(Self.texts) : nil, attributes: attributes)
        if chance(3, of: 4) { contact.hearOptIn(pick(Condition.optInStatuses), sequence: 7) }
        for list in Self.vocabulary.lists.sorted() where chance(2, of: 3) {
            contact.hearList(list, isSubscribed: chance(2, of: 3), sequence: 7)
        }
        return contact
    }

    /// Decisions of a contact, one after another; on a consent with a field they wait for the vault.
    mutating func decide(_ contact: inout ConsentContact, counter: inout DecisionCounter) throws(Refusal) {
        guard contact.exists else { return }
        contact.numbering = counter
        for name in Self.vocabulary.consents.sorted() {
            for _ in 0..<Int.random(in: 0...2, using: &generator) {
                let consent = DeclaredConsent(
                    name: name, version: pick(["1", "2"]), isGrantedByDefault: chance(1, of: 2),
                    field: name == "card" ? "creditCard" : nil)
                let request = KeptRequest(
                    id: UUID(), source: "/crm", type: "consent.record",
                    replies: chance(1, of: 3) ? [] : [.init(queue: "crm.q", correlation: pick([nil, "1"]))])
                let evidence = Evidence(note: pick([nil, "note"]), reference: "ref", recordedBy: pick([nil, "ann"]))
                let act = DecisionAct(
                    channel: pick(["phone", "in-person"]), evidence: evidence, request: request, order: UUID(),
                    stamp: OrderBook.Stamp(number: Int64(contact.orders.waiting.count + 1), epoch: 7),
                    at: Timestamp(microseconds: 1_763_800_000_000_123))
                _ = try contact.decide(pick(Decision.Choice.allCases), on: consent, by: act)
            }
        }
        counter = contact.numbering ?? counter
        contact.numbering = nil
    }

    mutating func condition(depth: Int = 0) -> Condition {
        let kinds = depth < 4 ? 6 : 3
        return switch Int.random(in: 0..<kinds, using: &generator) {
        case 0, 1, 2: leaf()
        case 3: .not(condition(depth: depth + 1))
        case 4: .all(conditions(depth: depth + 1))
        default: .any(conditions(depth: depth + 1))
        }
    }

    private mutating func conditions(depth: Int) -> [Condition] {
        var conditions: [Condition] = []
        for _ in 0..<Int.random(in: 0...3, using: &generator) { conditions.append(condition(depth: depth)) }
        return conditions
    }

    /// Tests that no parser would let by are made too, such as a list's name compared with a number.
    private mutating func leaf() -> Condition {
        let fields: [Condition.Field] = [
            .profile("region"), .profile("score"), .profile("any-name_1"), .locale, .optIn, .list("news"),
            .list("events"), .consent("tracking"), .consent("card"), .consent("tracking"), .processing, .erasure,
        ]
        let field = pick(fields)
        let test: Condition.Test =
            switch Int.random(in: 0..<6, using: &generator) {
            case 0: .is(value(of: field))
            case 1: .in([value(of: field), value(), value()])
            case 2: .exists(chance(1, of: 2))
            case 3: .atLeast(bound())
            case 4: .atMost(bound())
            default: .startsWith(pick(Self.texts))
            }
        return .leaf(field, test)
    }

    private mutating func value(of field: Condition.Field) -> JSON {
        switch field {
        case .profile, .locale: value()
        case .optIn: .string(pick(Condition.optInStatuses))
        case .list: .bool(chance(1, of: 2))
        case .consent: .string(pick(["granted", "revoked", "none"]))
        case .processing: .string(pick(["active", "stopped"]))
        case .erasure: .string(pick(["none", "requested"]))
        }
    }

    private mutating func value() -> JSON { chance(1, of: 6) ? .bool(chance(1, of: 2)) : bound() }

    private mutating func bound() -> JSON {
        chance(1, of: 2) ? .number(pick(Self.numbers)) : .string(pick(Self.texts))
    }

    private mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[Int.random(in: elements.indices, using: &generator)]
    }

    private mutating func chance(_ count: Int, of all: Int) -> Bool {
        Int.random(in: 0..<all, using: &generator) < count
    }
}
