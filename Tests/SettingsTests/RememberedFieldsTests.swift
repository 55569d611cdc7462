import Settings
import Testing

/// A configuration of one field, what the vault remembers of it, and where the mistake stands.
struct Taken: Sendable, CustomTestStringConvertible {
    let yaml: String
    let remembered: Settings.Mask?
    let place: String?
    var testDescription: String { "\(yaml.split(separator: "\n").last ?? "")" }

    init(_ yaml: String, _ remembered: Settings.Mask?, _ place: String?) {
        (self.yaml, self.remembered, self.place) = (yaml, remembered, place)
    }
}

private let takens = [
    Taken("fields:\n  a: {sensitive: true, show: {last: 4}}", .last(4), nil),
    Taken("fields:\n  a: {sensitive: true, show: {last: 2}}", .last(4), nil),
    Taken("fields:\n  a: {sensitive: true, show: {first: 0}}", .last(4), nil),
    Taken("fields:\n  a: {sensitive: true}", .last(4), nil),
    Taken("fields:\n  a: {sensitive: true}", nil, nil),
    Taken("fields:\n  a: {sensitive: true, show: {first: 0}}", nil, nil),
    Taken("fields:\n  a: {sensitive: true, show: {last: 3}}", .last(2), "3:24 /fields/a/show"),
    Taken("fields:\n  a: {sensitive: true, show: {first: 1}}", .last(4), "3:24 /fields/a/show"),
    Taken("fields:\n  a: {sensitive: true, show: {last: 1}}", nil, "3:24 /fields/a/show"),
    Taken("fields:\n  a: {sensitive: true, show: {last: 1}}", .first(1), "3:24 /fields/a/show"),
    Taken("fields:\n  a: {sensitive: false}", .last(4), "3:3 /fields/a"),
    Taken("fields:\n  a: {}", nil, "3:3 /fields/a"),
    Taken("fields:\n  b: {}", nil, "2:1 /fields/a"),
    Taken("attributes:\n  a: {}", nil, "3:3 /attributes/a"),
]

@Suite struct RememberedFieldsTests {
    @Test("V6 a field that was sensitive stays so and never shows more; the mistake has its line", arguments: takens)
    func remembers(_ taken: Taken) throws {
        var places: [String] = []
        do throws(SettingsErrors) {
            try Settings.check(yaml: "brand: {name: A}\n" + taken.yaml, against: ["a": taken.remembered])
        } catch {
            places = error.mistakes.map { "\($0.line):\($0.column) \($0.pointer)" }
            #expect(error.text(file: "assent.yaml").contains("a "))
        }
        #expect(places == (taken.place.map { [$0] } ?? []))
    }
}
