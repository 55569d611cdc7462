import Models
import Testing

@Suite struct ReaderTests {
    @Test("a refusal points to the place, escaped as RFC 6901 says")
    func pointers() throws {
        let reader = try Reader(["a/b": ["c~d": 1], "list": ["x", 2]], at: "/data")
        #expect(throws: Refusal(.invalidField, "must be a string, and is a number", at: "/data/a~1b/c~0d")) {
            try reader.object("a/b").text("c~d")
        }
        #expect(throws: Refusal(.invalidField, "must be a string of 1 to 128 bytes", at: "/data/list/1")) {
            try reader.names("list", limit: 10)
        }
        #expect(throws: Refusal(.invalidField, "is required", at: "/data/missing")) { try reader.bool("missing") }
        #expect(throws: Refusal(.tooLarge, "has more than 1 elements", at: "/data/list")) {
            try reader.array("list", limit: 1)
        }
    }

    @Test("a sensitive key is refused before anything else, and its message is not kept")
    func sensitive() throws {
        let reader = try Reader(["email": 7, "profile": ["creditCard": "4111"]], at: "/data")
        do throws(Refusal) {
            _ = try ContactChange(reading: reader, sensitive: ["creditCard"])
            Issue.record("accepted")
        } catch {
            #expect(error.code == .invalidField)
            #expect(error.pointer == "/data/profile/creditCard")
            #expect(error.dropsBody)
        }
    }

    @Test("a text that must say something has a letter or a digit", arguments: ["a", " ß ", "7", "٣", "…ok", "字"])
    func meaningful(text: String) throws {
        #expect(try Reader(["reason": .string(text)], at: "/data").meaningfulText("reason") == text)
    }

    @Test("blanks and signs say nothing", arguments: ["", " ", "\t\n", "...", "-", "\u{3164}", "\u{200b}", "\u{301}"])
    func meaningless(text: String) throws {
        let reader = try Reader(["reason": .string(text)], at: "/data")
        #expect(throws: Refusal(.invalidField, "must have a letter or a digit", at: "/data/reason")) {
            try reader.meaningfulText("reason")
        }
        #expect(throws: Refusal.self) { try reader.optionalMeaningfulText("reason") }
        #expect(try reader.optionalMeaningfulText("note") == nil)
    }
}
