import Models
import Testing

@testable import Operator

private func drafts(_ text: String) throws -> [EventFile.Draft] {
    try EventFile.drafts(in: Array(text.utf8), name: "e")
}

@Suite("A file of events")
struct EventFileTests {
    @Test("holds one object, an array, or an object a line")
    func forms() throws {
        let (one, two): (JSON, JSON) = (["a": 1], ["a": 2])
        #expect(try drafts("{\n\"a\": 1}\n") == [EventFile.Draft(place: "e", json: one)])
        #expect(
            try drafts(#"[{"a":1},{"a":2}]"#) == [
                EventFile.Draft(place: "e: event 1", json: one), EventFile.Draft(place: "e: event 2", json: two),
            ])
        #expect(
            try drafts("{\"a\":1}\r\n\n{\"a\":2}") == [
                EventFile.Draft(place: "e:1", json: one), EventFile.Draft(place: "e:3", json: two),
            ])
        #expect(try drafts("[]").isEmpty)
    }

    @Test("names every line that is no JSON")
    func lines() {
        let error = #expect(throws: Ending.self) { try drafts("{\"a\":1}\n{\n{\"a\":2}\nx") }
        #expect(error?.status == .usage)
        #expect(error?.message?.split(separator: "\n").map { $0.prefix(4) } == ["e:2:", "e:4:"])
    }

    @Test("names line and column of a mistake in one text over several lines")
    func position() {
        let error = #expect(throws: Ending.self) { try drafts("{\n  \"a\": oops\n}") }
        #expect(error?.message?.hasPrefix("e:2:8: not JSON: ") == true)
    }

    @Test("is refused when empty")
    func empty() {
        #expect(throws: Ending(.usage, "e is empty")) { try drafts(" \n\n") }
    }
}
