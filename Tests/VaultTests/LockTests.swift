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

    /// An order that follows the one in force, unless another is named.
    private func order(
        lock: Bool, clear: Bool = false, _ sequence: Int64, field: String = "creditCard", on fields: Fields,
        follows: UUID? = nil, epoch: Int64 = 0
    ) -> JSON {
        let inForce = fields.locks[FieldName(stored: field)]?.order
        let head = OrderHead(order: UUID(), follows: follows ?? inForce, epoch: epoch, sequence: sequence)
        return FieldLockOrder(head: head, field: field, isLocked: lock, clears: clear).json
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
        try sample.decide(FieldLockHandler.self, order(lock: false, 1, field: "nationalId", on: fields), on: &fields)
        try store("nationalId", on: &fields)
    }

    @Test("C1 a lock that clears takes the value, and the state says so until another is stored")
    func clears() async throws {
        var fields = try sample.created()
        try store("creditCard", on: &fields)
        let effects = try sample.decide(
            FieldLockHandler.self, order(lock: true, clear: true, 7, on: fields), on: &fields)
        #expect(
            effects.summary == [
                "vault.locked creditCard", "vault.cleared creditCard", "internal.field-lock-done creditCard",
            ])
        #expect(fields.values[card] == nil && fields.removed == [card])
        #expect(throws: Refusal.self) { try store("creditCard", on: &fields) }
        let cleared = try await sample.read(fields)["fields"]?["creditCard"]
        #expect(cleared == ["masked": nil, "state": "cleared", "locked": true])
        let granted = try sample.decide(FieldLockHandler.self, order(lock: false, 8, on: fields), on: &fields)
        #expect(granted.summary == ["vault.unlocked creditCard", "internal.field-lock-done creditCard"])
        #expect(try await sample.read(fields)["fields"]?["creditCard"]?["state"] == "cleared")
        try store("creditCard", on: &fields)
        #expect(
            try await sample.read(fields)["fields"]?["creditCard"]
                == ["masked": "\u{2022}\u{2022}\u{2022}\u{2022}1234", "state": "stored", "locked": false])
    }

    @Test("C1 an older or repeated order is answered and changes nothing", arguments: [7, 6, 1, 0] as [Int64])
    func older(_ sequence: Int64) throws {
        var fields = try sample.created()
        try sample.decide(FieldLockHandler.self, order(lock: false, 7, on: fields), on: &fields)
        try store("creditCard", on: &fields)
        let before = fields
        let effects = try sample.decide(
            FieldLockHandler.self, order(lock: true, clear: true, sequence, on: fields), on: &fields)
        #expect(effects.summary == ["internal.field-lock-done creditCard"])
        #expect(fields == before)
    }

    @Test("X5 an order that follows another than the one in force changes nothing, and the answer says which one is")
    func predecessor() throws {
        var fields = try sample.created()
        try sample.decide(FieldLockHandler.self, order(lock: true, clear: true, 7, on: fields), on: &fields)
        let inForce = try #require(fields.locks[card]?.order)
        let before = fields
        let stray = order(lock: false, 8, on: fields, follows: UUID())
        let effects = try sample.decide(FieldLockHandler.self, stray, on: &fields)
        #expect(effects.summary == ["internal.field-lock-done creditCard"] && fields == before)
        guard case .order(_, _, let data)? = effects.last else {
            Issue.record("no answer")
            return
        }
        let answer = try FieldLockDone(reading: try Reader(data, at: "/data")).answer
        #expect(answer.inForce == OrderInForce(order: inForce, sequence: 7, state: "locked"))
        #expect(answer.order.text == stray["order"]?.text)
    }

    @Test("X5 an order of a history that the consent service has lost changes nothing")
    func lostHistory() throws {
        var fields = try sample.created()
        let order = FieldLockOrder(
            head: OrderHead(order: UUID(), follows: nil, epoch: 4, sequence: 9), field: "creditCard", isLocked: false,
            clears: false)
        #expect(fields.order(order, of: card, since: 5) == .none && fields.locks[card] == nil)
        #expect(fields.order(order, of: card, since: 4) == .ordered(isLocked: false, cleared: false))
    }

    @Test("X5 what consent recalls is taken over where it is newer, and a lock clears")
    func recalled() throws {
        var fields = try sample.created()
        try sample.decide(FieldLockHandler.self, order(lock: false, 5, on: fields), on: &fields)
        try store("creditCard", on: &fields)
        let lock = OrderInForce(order: UUID(), sequence: 4, state: "locked")
        #expect(fields.recall(lock, of: card) == .none)
        let newer = OrderInForce(order: UUID(), sequence: 6, state: "locked")
        #expect(fields.recall(newer, of: card) == .ordered(isLocked: true, cleared: true))
        #expect(fields.values[card] == nil && fields.locks[card]?.order == newer.order)
    }

    @Test("C1 a lock that comes before the contact holds, and a revocation of nothing clears nothing")
    func beforeTheContact() async throws {
        var fields = Fields.unknown
        let effects = try sample.decide(
            FieldLockHandler.self, order(lock: true, clear: true, 1, on: fields), on: &fields)
        #expect(effects.summary == ["vault.locked creditCard", "internal.field-lock-done creditCard"])
        #expect(!fields.exists)
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
        try sample.decide(FieldLockHandler.self, order(lock: false, 1, field: "birthday", on: fields), on: &fields)
        #expect(refusal(try sample.decide(ContactUpdated.self, update, on: &fields)) == nil)
    }

    @Test("an erased contact's order is answered and changes nothing")
    func erased() throws {
        var fields = Fields(
            exists: true, isErased: true, addressHash: nil, values: [:], locks: [:], keys: .none)
        let before = fields
        let effects = try sample.decide(FieldLockHandler.self, order(lock: false, 1, on: fields), on: &fields)
        #expect(effects.summary == ["internal.field-lock-done creditCard"])
        #expect(fields == before)
    }
}
