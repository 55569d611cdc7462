import FoundationEssentials
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

    @Test("V1 locks name a field by its composed bytes", arguments: spellings)
    func everywhere(_ spelled: String, _ name: String) throws {
        let sample = try VaultSample()
        var fields = try sample.created()
        let head = OrderHead(order: UUID(), follows: nil, epoch: 0, sequence: 1)
        let order = FieldLockOrder(head: head, field: spelled, isLocked: true, clears: false)
        _ = try sample.decide(FieldLockHandler.self, order.json, on: &fields)
        #expect(fields.locks.keys.map { Array($0.text.utf8) } == [Array(name.utf8)])
    }
}
