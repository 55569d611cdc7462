import Models
import Settings
import Testing

private let bomb =
    "a: &a [x,x,x,x,x,x,x,x,x]\n"
    + zip("bcdefghij", "abcdefghi").map { "\($0): &\($0) [*\($1),*\($1),*\($1),*\($1),*\($1),*\($1)]\n" }.joined()

private let hostile = [
    bomb, bomb + "? *j\n: x\n", bomb + "*j : x\n", "a: &a [*a]", "&a a: *a\n*a : b", "<<: *x", "a: *", "&", "*", "&a",
    "a: \"&a *a\"", String(repeating: "[", count: 200_000), String(repeating: "{a: ", count: 200_000),
    String(repeating: "- ", count: 200_000), String(repeating: "? ", count: 100_000),
    String(repeating: "[", count: 900) + String(repeating: "]", count: 900),
    String(repeating: "{a: ", count: 900) + "1" + String(repeating: "}", count: 900),
    String(repeating: "x", count: (1 << 20) + 1), String(repeating: "k", count: 500_000) + ": 1",
    "a: [" + String(repeating: "1,", count: 300_000) + "]", (0..<60_000).map { "k\($0): 1\n" }.joined(),
    String(repeating: "a: 1\n", count: 20_000), (0..<50).map { "k\($0): 1\nk\($0): 2\n" }.joined(),
    "? [a, b]\n: c", "? {a: b}\n: c",
    "? |\n  a\n: b\n? |\n  a\n: c", ": a\n: b", "\"\\x61\": 1\na: 2", "{a: 1, a: 2}: 3",
    "\"\\0\": \"\\0\"", "a: \"\\uD800\"", "a: \"\\",
    "'", "\"", "|", ">", "%YAML 9.9\n---\na: 1",
    "%TAG ! x\n---\na: !b c",
    "!<tag> {a: b}", "--- \n...\n--- \n", "...", "---", "null", "~", "5",
    "\u{FEFF}vault: {}", "\u{FEFF}\u{FEFF}", "\u{0}",
    "a: \u{1F600}\n\u{1F600}: b",
    "\u{F0000}a: 1\nb: 1\nb: 2", "\r\r\ra: [", "\u{2028}", "\u{85}", "\u{FFFE}", "@a", "`",
    "a:\n - b\n  - c\n- d",
    "page: {audience: []}", "consents: [1]", "roles: {a: {b: c}}", "workflows: {}",
    "workflows: [[[]]]", "lists: 5", "lists: [[], {}]", "mail: {from: [], footer: [], templates: {}}",
    "users: {'': [erase]}",
    "erasure: {participants: [1, null, {}]}", "languages: {}", "languages: [1, null, '']",
    "fields: {a: 1, b: []}",
    "page: {audience: " + String(repeating: "{not: ", count: 17) + "{}" + String(repeating: "}", count: 18),
    "optIn: {mailEvery: -1s, linkLife: d, replyWindow: ９d}", "vault: {revealsPerHour: 1e400}",
]

@Suite("Hostile YAML")
struct HostileYAMLTests {
    @Test("No text makes the reader crash, hang or grow: it ends in values or in at least one mistake")
    func corpus() {
        for yaml in hostile {
            let harmless = ["\u{FEFF}vault: {}"].contains { yaml.hasPrefix($0) }
            #expect(places(yaml).isEmpty == false || harmless, "\(yaml.prefix(40))")
        }
    }

    @Test("Neither a cut nor a changed byte of the sample makes the reader crash")
    func mutations() throws {
        let sample = Array(try sampleText().utf8)
        let signs = Array("[]{}:,*&!|>'\"%@`#-? \n\t\0~".utf8)
        for (turn, index) in stride(from: 0, to: sample.count, by: 37).enumerated() {
            var changed = sample
            changed[index] = signs[turn % signs.count]
            _ = places(String(decoding: changed, as: UTF8.self))
            _ = places(String(decoding: sample[..<index], as: UTF8.self))
        }
    }
}
