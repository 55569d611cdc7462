import Models
import Testing

@testable import Operator

@Suite("Output and options")
struct OutputTests {
    @Test("JSON is indented and reads back as the same")
    func pretty() throws {
        let json: JSON = ["a": [1, ["b": nil]], "c": [:], "d": [], "e": "\"\n"]
        let expected = """
            {
              "a": [
                1,
                {
                  "b": null
                }
              ],
              "c": {},
              "d": [],
              "e": "\\"\\n"
            }
            """
        #expect(json.pretty == expected)
        #expect(try JSON(parsing: Array(json.pretty.utf8)) == json)
    }

    @Test("no value steers the terminal")
    func steering() throws {
        let json: JSON = ["\u{9B}31m": "\u{1B}[2J\u{7F}\u{202E}ä"]
        #expect(json.pretty.unicodeScalars.allSatisfy { !Terminal.isSteering($0) || $0 == "\n" })
        #expect(try JSON(parsing: Array(json.pretty.utf8)) == json)
        #expect(Terminal.printable("a\u{1B}[2J") == "a\u{FFFD}[2J")
    }

    @Test("a timeout is a number with a unit, up to an hour")
    func timeouts() {
        #expect(Timeout(argument: "500ms")?.duration == .milliseconds(500))
        #expect(Timeout(argument: "10s")?.duration == .seconds(10))
        #expect(Timeout(argument: "2m")?.duration == .seconds(120))
        for text in ["10", "0s", "-1s", "61m", "s", "", "99999999999s"] { #expect(Timeout(argument: text) == nil) }
    }
}
