import Models
import Testing

private let vocabulary = Condition.Vocabulary(attributes: ["region", "score"], lists: ["news"], consents: ["tracking"])

private func refusal(_ json: JSON) -> Refusal? {
    do throws(Refusal) {
        _ = try Condition(reading: json, at: "/data/where", knowing: vocabulary)
        return nil
    } catch {
        return error
    }
}

@Suite("Conditions")
struct ConditionTests {
    @Test("Every field and every operator is read")
    func everything() throws {
        let json: JSON = [
            "all": [
                ["field": "profile.region", "is": "EU"], ["field": "locale", "startsWith": "de"],
                ["any": [["field": "optIn", "in": ["none", "double-opt-in"]], ["field": "list.news", "is": true]]],
                ["not": ["field": "consent.tracking", "exists": false]], ["is": "active", "field": "processing"],
                ["field": "erasure", "is": "none"], ["field": "profile.score", "atLeast": 5],
                ["field": "profile.score", "atMost": 9],
            ]
        ]
        let condition = try Condition(reading: json, at: "", knowing: vocabulary)
        #expect(
            condition
                == .all([
                    .leaf(.profile("region"), .is("EU")), .leaf(.locale, .startsWith("de")),
                    .any([.leaf(.optIn, .in(["none", "double-opt-in"])), .leaf(.list("news"), .is(true))]),
                    .not(.leaf(.consent("tracking"), .exists(false))), .leaf(.processing, .is("active")),
                    .leaf(.erasure, .is("none")), .leaf(.profile("score"), .atLeast(5)),
                    .leaf(.profile("score"), .atMost(9)),
                ]))
        #expect(condition.consents == ["tracking"])
    }

    @Test("What is wrong is refused with its pointer")
    func pointers() {
        let wrongs: [(JSON, String)] = [
            ("x", ""), ([:], ""), (["all": [], "any": []], ""), (["some": []], "/some"), (["all": 1], "/all"),
            (["any": [["not": 1]]], "/any/0/not"), (["field": "region", "is": 1], "/field"),
            (["field": "profile.", "is": 1], "/field"), (["field": 1, "is": 1], "/field"),
            (["field": "list.events", "is": true], "/field"), (["field": "locale"], ""),
            (["field": "locale", "is": 1, "in": [1]], ""), (["field": "locale", "a/b": 1], "/a~1b"),
            (["field": "locale", "is": nil], "/is"), (["field": "locale", "is": []], "/is"),
            (["field": "locale", "in": []], "/in"), (["field": "locale", "in": ["a", [:]]], "/in/1"),
            (["field": "locale", "exists": "yes"], "/exists"),
            (["field": "profile.score", "atLeast": true], "/atLeast"),
            (["field": "locale", "startsWith": 5], "/startsWith"), (["field": "list.news", "is": "true"], "/is"),
            (["field": "consent.tracking", "is": "yes"], "/is"),
        ]
        for (json, place) in wrongs {
            #expect(refusal(json)?.pointer == "/data/where" + place, "\(json.serialized)")
            #expect(refusal(json)?.code == .invalidField)
        }
    }

    @Test("Sixteen levels and two hundred leaves are the limit")
    func limits() {
        let leaf: JSON = ["field": "locale", "is": "de"]
        let deep = { (levels: Int) in (1..<levels).reduce(leaf) { inner, _ in ["not": inner] } }
        #expect(refusal(deep(16)) == nil)
        #expect(refusal(deep(17))?.code == .tooLarge)
        let wide = { (leaves: Int) in JSON.object([.init("any", .array(Array(repeating: leaf, count: leaves)))]) }
        #expect(refusal(wide(200)) == nil)
        #expect(refusal(wide(201))?.pointer == "/data/where/any/200")
        #expect(refusal(wide(100_000))?.code == .tooLarge)
    }
}
