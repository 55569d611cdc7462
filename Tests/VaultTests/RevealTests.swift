import Cryptography
import FoundationEssentials
import Ledger
import Models
import Settings
import Testing
import VaultDomain

@testable import Messaging
@testable import VaultService

@Suite struct RevealTests {
    private let sample: VaultSample
    private let key = PrivateSealingKey.generate()

    init() throws { sample = try VaultSample() }

    /// A contact with an unlocked card, written by the batch before.
    private func stored() throws -> Fields {
        var fields = try sample.created()
        try fields.store([(name: FieldName(stored: "creditCard"), value: "4111")], rules: sample.environment.rules)
        fields.numbering = AccessLog(partition: 3, next: 17, epoch: 0)
        return fields
    }

    private func data(_ more: KeyValuePairs<String, JSON> = [:]) -> JSON {
        let jwk = key.publicKey.jwkMembers.map { JSON.Member($0.key, .string($0.value)) }
        var members = [
            JSON.Member("field", "creditCard"), JSON.Member("reason", "a refund"),
            JSON.Member("replyKey", .object(jwk)),
        ]
        for (name, value) in more {
            members.removeAll { $0.name == name }
            members.append(JSON.Member(name, value))
        }
        return .object(members)
    }

    @Test("an access log with the last of all numbers ends nothing")
    func lastNumber() {
        var log = AccessLog(partition: 3, next: .max, epoch: 0)
        let rest = RevealHour.UnloggedRefusals(count: 1, field: "creditCard")
        let numbers = (0..<2).map { _ in
            log.append(AccessEntry(at: VaultSample.now, viewer: .user("grace"), rest: rest))
        }
        #expect(numbers == [.max, .max] && log.entries.count == 2)
    }

    @discardableResult
    private func reveal(
        _ fields: inout Fields, _ data: JSON, by verdict: TokenVerdict, at now: Timestamp = VaultSample.now
    ) throws -> [Effect] {
        var context = Context<Fields>(
            environment: sample.environment, message: sample.message(VaultReveal.type, data), now: now,
            user: verdict.user)
        context.verdict = verdict
        return try VaultReveal(reading: try Reader(data, at: "/data")).decide(&fields, context)
    }

    private func answer(_ effects: [Effect]) async throws -> JSON {
        for case .answerOnce(let make) in effects { return try await make() }
        return .null
    }

    private let grace = TokenVerdict.user(UserID("grace"), permissions: [.reveal(field: "creditCard")])
    private let nobody = TokenVerdict.user(UserID("grace"), permissions: [])

    @Test("V3 the value is sealed to the key that came, for this contact and field, and an entry stands for it")
    func reveals() async throws {
        var fields = try stored()
        let effects = try reveal(&fields, data(), by: grace)
        #expect(effects.summary == ["vault.revealed creditCard"])
        let opened = try JWE.open(try #require(try await answer(effects)["sealed"]?.text)) { _ in key }
        #expect(opened.plaintext == [UInt8]("4111".utf8))
        #expect(opened.header["sub"] == "c-1" && opened.header["field"] == "creditCard")
        let entry = try #require(fields.numbering?.recorded().first)
        #expect(entry.index.description == "3-17")
        #expect(!entry.leaf.contains("c-1") && !entry.leaf.contains("refund"))
        #expect(entry.leaf.contains(#""outcome":"released""#) && entry.leaf.contains(#""user":"grace""#))
        #expect(entry.evidence?.contact == "c-1" && entry.evidence?.content.contains("a refund") == true)
        #expect(fields.shared["user:grace"]?.released == 1)
    }

    @Test(
        "V3 what is refused is logged, with the account where no token counts",
        arguments: [TokenVerdict.none(.missing), .none(.claim("sub")), .expired(VaultSample.now)])
    func namesAccount(_ verdict: TokenVerdict) async throws {
        var fields = try stored()
        let effects = try reveal(&fields, data(), by: verdict)
        #expect(effects.summary == ["vault.refused creditCard"])
        let refusal = await #expect(throws: Refusal.self) { try await answer(effects) }
        #expect(refusal?.code == (verdict == .expired(VaultSample.now) ? .expired : .notPermitted))
        let leaf = try #require(fields.numbering?.recorded().first?.leaf)
        #expect(leaf.contains(#""user":"crm""#) && leaf.contains(#""by":"account""#))
        #expect(leaf.contains(#""outcome":"refused""#))
    }

    @Test("V3 beyond 60 refusals none has an entry or a fact, and the next hour's first attempt logs their number")
    func sumsUp() throws {
        var fields = try stored()
        for _ in 0..<75 { try reveal(&fields, data(), by: nobody) }
        #expect(fields.numbering?.entries.count == 60)
        #expect(try reveal(&fields, data(), by: nobody).summary.isEmpty)
        try reveal(&fields, data(["field": "nationalId"]), by: nobody)
        try reveal(&fields, data(), by: grace, at: VaultSample.now + .seconds(3599))
        #expect(fields.numbering?.entries.count == 61)
        try reveal(&fields, data(), by: grace, at: VaultSample.now + .seconds(3600))
        let entries = try #require(fields.numbering?.entries)
        #expect(entries.map(\.number) == Array(17..<80))
        #expect(entries[61].entry.count == 17 && entries[61].entry.field == AccessEntry.severalFields)
        #expect(entries[61].entry.contact == nil && !entries[61].entry.isReleased && entries[62].entry.isReleased)
        let begun = RevealHour(startedAt: VaultSample.now + .seconds(3600), released: 1)
        #expect(fields.shared["user:grace"] == begun)
    }

    @Test("V3 reveals of an hour end at the limit, and refusals do not count")
    func limits() async throws {
        var fields = try stored()
        for _ in 0..<5 { try reveal(&fields, data(), by: nobody) }
        for _ in 0..<60 { _ = try await answer(try reveal(&fields, data(), by: grace)) }
        let last = try reveal(&fields, data(), by: grace)
        let refusal = await #expect(throws: Refusal.self) { try await answer(last) }
        #expect(refusal?.code == .tooMany)
        #expect(last.summary == ["vault.refused creditCard"])
        _ = try await answer(try reveal(&fields, data(), by: grace, at: VaultSample.now + .seconds(3600)))
    }

    @Test(
        "V3 a reason of blanks is none, and its attempt is logged",
        arguments: ["", "   ", "\u{3164}\u{200B}", "..."])
    func refusesBlanks(_ reason: String) async throws {
        var fields = try stored()
        let effects = try reveal(&fields, data(["reason": .string(reason)]), by: grace)
        let refusal = await #expect(throws: Refusal.self) { try await answer(effects) }
        #expect(refusal?.code == .invalidField && refusal?.pointer == "/data/reason")
        #expect(effects.summary == ["vault.refused creditCard"])
    }

    @Test("a name that no configuration declares is no field, and is not logged", arguments: ["nothing", "region"])
    func refusesUndeclared(_ name: String) throws {
        var fields = try stored()
        let asked = data(["field": .string(name)])
        let refusal = #expect(throws: Refusal.self) { try reveal(&fields, asked, by: grace) }
        #expect(refusal?.code == .invalidField)
        #expect(fields.numbering?.entries.isEmpty == true)
    }

    @Test("a value whose key is gone is not found, and one that does not open is not logged as released")
    func refusesUnopenable() async throws {
        let name = FieldName(stored: "creditCard")
        for (keys, code) in [
            (WrappedKeys.none, Refusal.Code.notFound),
            (WrappedKeys(version: 1, keys: [name: [UInt8](repeating: 1, count: 40)]), .failed),
        ] {
            var fields = Fields(
                exists: true, isErased: false, addressHash: nil,
                values: [name: .sealed([UInt8](repeating: 0, count: 40))], locks: [:], keys: keys)
            fields.numbering = AccessLog(partition: 0, next: 1, epoch: 0)
            let effects = try reveal(&fields, data(), by: grace)
            let refusal = await #expect(throws: Refusal.self) { try await answer(effects) }
            #expect(refusal?.code == code)
            #expect(fields.numbering?.entries.first?.entry.isReleased == false)
        }
    }
}
