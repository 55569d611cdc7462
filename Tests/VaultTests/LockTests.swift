import FoundationEssentials
import Models
import Testing
import VaultDomain

@testable import Messaging
@testable import VaultService

private let card = FieldName(stored: "creditCard")
private let national = FieldName(stored: "nationalId")

@Suite struct LockTests {
    private let sample: VaultSample

    init() throws { sample = try VaultSample() }

    private func order(lock: Bool, clear: Bool = false, _ sequence: UInt64, field: String = "creditCard") -> JSON {
        FieldLockOrder(order: UUID(), field: field, isLocked: lock, clears: clear, sequence: sequence).json
    }

    private func store(_ field: String, on fields: inout Fields) throws {
        let sealed = sample.seal("4111111111111234", field: field)
        try sample.decide(
            VaultStore.self, ["fields": .object([.init(field, ["sealed": .string(sealed)])])], on: &fields)
    }

    @Test("C1 without a decision a field is locked, unless nothing asks for one or the default is granted")
    func defaults() throws {
        var fields = try sample.created()
        try store("creditCard", on: &fields)
        let refusal = #expect(throws: Refusal.self) { try store("nationalId", on: &fields) }
        #expect(refusal?.code == .locked && refusal?.pointer == "/data/fields/nationalId")
        #expect(refusal?.dropsBody == true)
        try sample.decide(FieldLocked.self, order(lock: false, 1, field: "nationalId"), on: &fields)
        try store("nationalId", on: &fields)
    }

    @Test("C1 a lock that clears takes the value, and the state says so until another is stored")
    func clears() async throws {
        var fields = try sample.created()
        try store("creditCard", on: &fields)
        let effects = try sample.decide(FieldLocked.self, order(lock: true, clear: true, 7), on: &fields)
        #expect(
            effects.summary == [
                "vault.locked creditCard", "vault.cleared creditCard", "internal.field-lock-done creditCard",
            ])
        #expect(fields.values[card] == nil && fields.removed == [card])
        #expect(throws: Refusal.self) { try store("creditCard", on: &fields) }
        let cleared = try await sample.read(fields)["fields"]?["creditCard"]
        #expect(cleared == ["masked": nil, "state": "cleared", "locked": true])
        let granted = try sample.decide(FieldLocked.self, order(lock: false, 8), on: &fields)
        #expect(granted.summary == ["vault.unlocked creditCard", "internal.field-lock-done creditCard"])
        #expect(try await sample.read(fields)["fields"]?["creditCard"]?["state"] == "cleared")
        try store("creditCard", on: &fields)
        #expect(
            try await sample.read(fields)["fields"]?["creditCard"]
                == ["masked": "\u{2022}\u{2022}\u{2022}\u{2022}1234", "state": "stored", "locked": false])
    }

    @Test("C1 an older or repeated order is answered and changes nothing", arguments: [7, 6, 1, 0] as [UInt64])
    func older(_ sequence: UInt64) throws {
        var fields = try sample.created()
        try sample.decide(FieldLocked.self, order(lock: false, 7), on: &fields)
        try store("creditCard", on: &fields)
        let before = fields
        let effects = try sample.decide(FieldLocked.self, order(lock: true, clear: true, sequence), on: &fields)
        #expect(effects.summary == ["internal.field-lock-done creditCard"])
        #expect(fields == before)
    }

    @Test("C1 whatever order the orders come in, the highest sequence is in force")
    func permuted() throws {
        let orders: [(UInt64, Bool)] = [(1, false), (2, true), (3, false), (4, true)]
        for start in 0..<4 {
            for step in [1, 3] {
                var fields = try sample.created()
                for index in 0..<4 {
                    let (sequence, lock) = orders[(start + index * step) % 4]
                    try sample.decide(FieldLocked.self, order(lock: lock, clear: lock, sequence), on: &fields)
                }
                #expect(fields.locks[card]?.isLocked == true && fields.locks[card]?.sequence == 4)
            }
        }
    }

    @Test("C1 a lock that comes before the contact holds, and a revocation of nothing clears nothing")
    func beforeTheContact() async throws {
        var fields = Fields.unknown
        let effects = try sample.decide(FieldLocked.self, order(lock: true, clear: true, 1), on: &fields)
        #expect(effects.summary == ["vault.locked creditCard", "internal.field-lock-done creditCard"])
        #expect(!fields.isCreated)
        try sample.decide(ContactCreated.self, ["email": "anna@example.com"], on: &fields)
        #expect(throws: Refusal.self) { try store("creditCard", on: &fields) }
        #expect(try await sample.read(fields)["fields"]?["creditCard"]?["state"] == "empty")
    }

    @Test("C1 a profile does not write a locked field; once unlocked it does")
    func profiles() throws {
        var fields = try sample.created()
        let update: JSON = ["profile": ["birthday": "2000-01-01", "firstName": "Anna"]]
        func refusal(_ effects: [Effect]) -> Refusal? {
            for case .refuse(let refusal) in effects { return refusal }
            return nil
        }
        let refused = refusal(try sample.decide(ContactUpdated.self, update, on: &fields))
        #expect(refused?.code == .locked && refused?.pointer == "/data/profile/birthday")
        #expect(fields.values[FieldName(stored: "firstName")] == nil)
        try sample.decide(FieldLocked.self, order(lock: false, 1, field: "birthday"), on: &fields)
        #expect(refusal(try sample.decide(ContactUpdated.self, update, on: &fields)) == nil)
    }

    @Test("an erased contact's order is answered and changes nothing")
    func erased() throws {
        var fields = Fields(
            isCreated: true, isErased: true, addressHash: nil, values: [:], locks: [:], keys: .none)
        let before = fields
        let effects = try sample.decide(FieldLocked.self, order(lock: false, 1), on: &fields)
        #expect(effects.summary == ["internal.field-lock-done creditCard"])
        #expect(fields == before)
    }
}
