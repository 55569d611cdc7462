import Models
import Testing

@testable import VaultDomain

private let now = Timestamp(microseconds: 1_763_800_000_000_000)
private let later = Timestamp(microseconds: 1_763_800_001_000_000)
private let anna = ContactEdit.Address(text: "anna@example.com", hashes: .init(newest: "hash-of-anna"))
private let anne = ContactEdit.Address(text: "anne@example.com", hashes: .init(newest: "hash-of-anne"))

@Suite struct FieldsTests {
    private let firstName = name("firstName")
    private let shoeSize = name("shoeSize")

    private func created() throws -> Fields {
        var fields = Fields.unknown
        try fields.create(
            ContactEdit(address: anna, locale: "de", fields: [firstName: "Anna", shoeSize: "38"]), rules: .none,
            by: "crm", at: now)
        return fields
    }

    private func stored(_ fields: Fields, isErased: Bool = false) -> Fields {
        Fields(
            exists: true, isErased: isErased, addressHash: fields.addressHash,
            values: fields.values.mapValues { _ in .sealed([1]) }, locks: [:], keys: .none)
    }

    @Test("a created contact has its address, locale and fields, and who gave the address")
    func creates() throws {
        let fields = try created()
        #expect(fields.exists)
        #expect(fields.addressHash == "hash-of-anna")
        #expect(fields.values[.email] == .written("anna@example.com"))
        #expect(fields.values[.locale] == .written("de"))
        #expect(fields.values[firstName] == .written("Anna"))
        #expect(fields.addressChanges == [.init(at: now, account: "crm", addressHash: "hash-of-anna")])
    }

    @Test("an update merges, null removes a key, and what is not named stays as it was")
    func merges() throws {
        var fields = stored(try created())
        try fields.update(ContactEdit(fields: [firstName: "Anne", shoeSize: nil]), rules: .none, by: "crm", at: later)
        #expect(fields.values[firstName] == .written("Anne"))
        #expect(fields.values[shoeSize] == nil)
        #expect(fields.removed == [shoeSize])
        #expect(fields.values[.email] == .sealed([1]))
        #expect(fields.addressChanges.isEmpty)
        try fields.update(ContactEdit(fields: [shoeSize: "39"]), rules: .none, by: "crm", at: later)
        #expect(fields.removed.isEmpty)
        #expect(fields.values[shoeSize] == .written("39"))
    }

    @Test("O12 another address is a change by the publishing account, the same one in another spelling is none")
    func notesAddressChanges() throws {
        var fields = stored(try created())
        try fields.update(
            ContactEdit(address: .init(text: "Anna@Example.com", hashes: anna.hashes)), rules: .none, by: "shop",
            at: later)
        #expect(fields.addressChanges.isEmpty)
        try fields.update(ContactEdit(address: anne), rules: .none, by: "shop", at: later)
        #expect(fields.addressChanges == [.init(at: later, account: "shop", addressHash: "hash-of-anne")])
        #expect(fields.addressHash == "hash-of-anne")
    }

    @Test("an unknown contact is created by an update that brings an address, and by no other")
    func needsAddress() throws {
        var fields = Fields.unknown
        let update = refusal { () throws(Refusal) in
            try fields.update(ContactEdit(locale: "de"), rules: .none, by: "crm", at: now)
        }
        #expect(update?.code == .unknownContact)
        let creation = refusal { () throws(Refusal) in
            try fields.create(ContactEdit(locale: "de"), rules: .none, by: "crm", at: now)
        }
        #expect(creation?.code == .invalidField)
        #expect(creation?.pointer == "/data/email")
        try fields.update(ContactEdit(address: anna), rules: .none, by: "crm", at: now)
        #expect(fields.exists)
    }

    @Test("a form creates an unknown contact, changes nothing of a known one, and brings no other address")
    func takesForms() throws {
        var unknown = Fields.unknown
        let form = ContactEdit(address: anna, locale: "fr", fields: [firstName: "Mallory"])
        try unknown.submit(form, rules: .none, by: "web", at: now)
        #expect(unknown.values[firstName] == .written("Mallory"))

        var known = stored(try created())
        let before = known
        try known.submit(form, rules: .none, by: "web", at: later)
        #expect(known == before)
        let other = refusal { () throws(Refusal) in
            try known.submit(ContactEdit(address: anne), rules: .none, by: "web", at: later)
        }
        #expect(other?.code == .conflict)
        #expect(known == before)
    }

    @Test("E3 an erased contact is never filled again, whatever comes")
    func staysErased() throws {
        let erased = Fields(exists: true, isErased: true, addressHash: nil, values: [:], locks: [:], keys: .none)
        let edits = [ContactEdit(address: anna), ContactEdit(locale: "de"), ContactEdit()]
        for edit in edits {
            var fields = erased
            #expect(
                refusal { () throws(Refusal) in try fields.create(edit, rules: .none, by: "crm", at: now) }?.code
                    == .erased)
            #expect(
                refusal { () throws(Refusal) in try fields.update(edit, rules: .none, by: "crm", at: now) }?.code
                    == .erased)
            #expect(
                refusal { () throws(Refusal) in try fields.submit(edit, rules: .none, by: "web", at: now) }?.code
                    == .erased)
        }
        #expect(refusal { () throws(Refusal) in _ = try erased.view(asked: nil, rules: .none) }?.code == .erased)
    }

    @Test("a contact has at most 200 fields, address and locale apart")
    func limitsFields() throws {
        var fields = try created()
        let many = (3...200).map { name("key\($0)") }
        try fields.update(
            ContactEdit(fields: Dictionary(many.map { ($0, "1") }) { $1 }), rules: .none, by: "crm", at: now)
        let full = fields
        let over = refusal { () throws(Refusal) in
            var copy = full
            try copy.update(ContactEdit(fields: [name("key201"): "1"]), rules: .none, by: "crm", at: now)
        }
        #expect(over?.code == .tooLarge)
    }

    @Test("a read shows declared and stored fields, and never address or locale")
    func views() throws {
        let fields = try created()
        let rules = FieldRules(
            masks: [name("firstName"): nil, name("lastName"): nil, name("creditCard"): .last(4)],
            attributes: [], lockedByDefault: [])
        let all = try fields.view(asked: nil, rules: rules)
        #expect(all.map(\.name.text) == ["creditCard", "firstName", "lastName", "shoeSize"])
        #expect(all.map(\.mask) == [.last(4), nil, nil, nil])
        #expect(all.map { $0.value != nil } == [false, true, false, true])
        let asked = try fields.view(asked: ["lastName", "shoeSize"], rules: rules)
        #expect(asked.map(\.name.text) == ["lastName", "shoeSize"])
        for unknown in ["@email", "@locale", "email", "nonsense", ""] {
            let refused = refusal { () throws(Refusal) in
                _ = try fields.view(asked: ["firstName", unknown], rules: rules)
            }
            #expect(refused?.code == .invalidField)
            #expect(refused?.pointer == "/data/fields/1")
        }
        let missing = refusal { () throws(Refusal) in _ = try Fields.unknown.view(asked: nil, rules: rules) }
        #expect(missing?.code == .unknownContact)
    }

    @Test("no profile key can take a name that the vault reserves", arguments: ["@email", "@", "", "a\u{0}b", "a\nb"])
    func reservesNames(_ text: String) {
        #expect(FieldName(text) == nil)
        #expect(FieldName.email.isReserved && FieldName.locale.isReserved)
        #expect(FieldName(String(repeating: "n", count: 129)) == nil)
    }
}

private func name(_ text: String) -> FieldName { FieldName(stored: text) }

private func refusal(_ body: () throws(Refusal) -> Void) -> Refusal? {
    do throws(Refusal) {
        try body()
        return nil
    } catch {
        return error
    }
}
