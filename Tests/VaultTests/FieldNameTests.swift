import Messaging
import Models
import Testing
import VaultDomain

@testable import VaultService

/// One name in several spellings that Swift takes for equal and a database does not; and its bytes.
private let spellings = [
    ("\u{212A}onto", "Konto"), ("cafe\u{301}", "caf\u{e9}"), ("\u{2126}", "\u{3a9}"), ("\u{1100}\u{1161}", "\u{ac00}"),
    ("a\u{323}\u{307}", "\u{1ea1}\u{307}"), ("Konto", "Konto"), ("caf\u{e9}", "caf\u{e9}"),
]

@Suite("Names of fields")
struct FieldNameTests {
    @Test("V1 a name has the same bytes however it was spelled", arguments: spellings)
    func composed(_ spelled: String, _ name: String) {
        #expect(FieldName(spelled).map { Array($0.text.utf8) } == Array(name.utf8))
    }

    @Test("a name's length counts as it is stored, and what is compatible alone stays another name")
    func limits() {
        // Each of these two scalars becomes four bytes more when it is composed.
        #expect(FieldName(String(repeating: "\u{1D15E}", count: 16)).map(\.text.utf8.count) == 128)
        #expect(FieldName(String(repeating: "\u{1D15E}", count: 17)) == nil)
        #expect(FieldName("\u{ff2b}onto").map { Array($0.text.utf8) } == Array("\u{ff2b}onto".utf8))
    }

    @Test("V1 vault.store, profiles and locks name a field by its composed bytes", arguments: spellings)
    func everywhere(_ spelled: String, _ name: String) throws {
        let sample = try VaultSample()
        var fields = try sample.created()
        func isComposed(_ found: [FieldName]) -> Bool {
            found.filter { !$0.isReserved }.map { Array($0.text.utf8) } == [Array(name.utf8)]
        }
        let sealed: JSON = ["sealed": .string(sample.seal("x", field: spelled))]
        let effects = try sample.decide(
            VaultStore.self, ["fields": .object([JSON.Member(spelled, sealed)])], on: &fields)
        #expect(isComposed(Array(fields.values.keys)))
        #expect(effects.summary.first.map { Array($0.utf8) } == Array("vault.stored \(name)".utf8))
        let entry = ContactChange.Entry(name: spelled, value: "x")
        let edit = try sample.environment.edit(email: nil, locale: nil, profile: [entry])
        #expect(isComposed(Array(edit.fields.keys)))
        let order: JSON = [
            "order": "01a207da-3658-7a91-9864-9e89fe28b863", "field": .string(spelled), "lock": true, "clear": false,
            "sequence": "00000000000000000001",
        ]
        _ = try sample.decide(FieldLocked.self, order, on: &fields)
        #expect(isComposed(Array(fields.locks.keys)))
    }
}
