import Models
import Testing

@testable import Operator

@Suite("The access log at a terminal")
struct LogTests {
    private static let entry: JSON = [
        "at": "2026-11-23T10:00:00.000Z", "user": "grace", "contact": "c-1001", "field": "creditCard",
        "reason": "Refund of order 4711", "outcome": "released", "count": 1, "index": "3-17",
    ]

    private static func entry(_ changes: KeyValuePairs<String, JSON>) -> JSON {
        .object(
            (entry.members ?? []).map { member in
                JSON.Member(member.name, changes.first { $0.key == member.name }?.value ?? member.value)
            })
    }

    @Test("columns stand under their names, once, and the count to the right")
    func table() {
        var table = LogTable(columns: nil)
        let sum = Self.entry(["contact": nil, "reason": nil, "count": 1204, "outcome": "refused"])
        #expect(
            table.lines(of: [Self.entry, sum]) == [
                "at                        user   contact  field       outcome   count  reason                index",
                "2026-11-23T10:00:00.000Z  grace  c-1001   creditCard  released      1  Refund of order 4711  3-17",
                "2026-11-23T10:00:00.000Z  grace  -        creditCard  refused    1204  -                     3-17",
            ])
        #expect(table.lines(of: [Self.entry]).count == 1)
        #expect(table.lines(of: []) == [])
    }

    @Test("a narrow terminal shortens the reason first, then names, and never the index")
    func narrow() {
        let long = Self.entry([
            "reason": .string(String(repeating: "x", count: 300)),
            "contact": .string(String(repeating: "c", count: 128)),
            "user": .string(String(repeating: "u", count: 100)),
        ])
        for columns in [110, 120, 200, 400, 600] {
            var table = LogTable(columns: columns)
            let lines = table.lines(of: [long, Self.entry])
            #expect(lines.allSatisfy { $0.count <= columns && !$0.hasSuffix(" ") })
            #expect(lines.dropFirst().allSatisfy { $0.hasSuffix("3-17") })
            #expect(lines[1].contains("\u{2026}") == (columns < 600))
        }
        var whole = LogTable(columns: nil)
        #expect(whole.lines(of: [Self.entry, long])[2].contains(String(repeating: "x", count: 300)))
    }

    @Test("nothing that was typed steers the terminal or breaks the line")
    func steering() throws {
        var table = LogTable(columns: 120)
        let hostile = Self.entry(["reason": "a\u{1B}[2J\u{9B}m\r\n\u{202E}b\u{2028}c\u{200F}", "user": "x\ty"])
        let lines = table.lines(of: [hostile])
        #expect(lines.allSatisfy { line in line.unicodeScalars.allSatisfy { !Terminal.isSteering($0) } })
        #expect(hostile.oneLine.unicodeScalars.allSatisfy { !Terminal.isSteering($0) })
        #expect(try JSON(parsing: Array(hostile.oneLine.utf8)) == hostile)
    }

    @Test("a time is of RFC 3339, a date, or so long ago")
    func times() {
        let now = Timestamp(microseconds: 1_763_800_000_000_000)
        func time(_ text: String) -> Timestamp? { PastTime(text, now: now)?.time }
        #expect(time("24h") == now - .seconds(86_400))
        #expect(time("90s") == now - .seconds(90))
        #expect(time("30m") == now - .seconds(1800))
        #expect(time("7d") == now - .seconds(7 * 86_400))
        #expect(time("4w") == now - .seconds(28 * 86_400))
        #expect(time("2026-11-23T10:00:00+01:00")?.rfc3339 == "2026-11-23T09:00:00.000Z")
        #expect(time("2026-11-23")?.rfc3339 == "2026-11-23T00:00:00.000Z")
        for text in ["", "h", "24", "-1h", "1.5h", "24 h", "yesterday", "2026-13-01", "99999999w"] {
            #expect(time(text) == nil, "\(text)")
        }
    }
}
