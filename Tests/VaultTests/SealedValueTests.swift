import Cryptography
import FoundationEssentials
import Models
import Testing
import VaultDomain

@testable import Messaging
@testable import VaultService

private let long = JSON.string(String(repeating: "x", count: 4097))

private let wrongValues: [(String, JSON)] = [
    ("creditCard", ["value": "4111111111111234"]), ("creditCard", ["value": 4111]),
    ("region", ["value": "EU"]), ("email", ["value": "a@example.com"]), ("locale", ["value": "de"]),
    ("id", ["value": "c-2"]), ("@email", ["value": "a@example.com"]), ("", ["value": "x"]),
    ("firstName", ["value": []]), ("firstName", [:]), ("firstName", "Anna"),
    ("firstName", ["sealed": nil]), ("creditCard", ["sealed": 1]),
    ("firstName", ["value": "Anna", "sealed": "x"]), ("creditCard", ["value": nil, "sealed": "x"]),
    ("first_name", ["value": "Anna"]), ("creditcard", ["value": "4111111111111234"]), ("shoe", ["value": "38"]),
    ("shoe", ["value": nil]),
]

@Suite struct SealedValueTests {
    private let sample: VaultSample

    init() throws { sample = try VaultSample() }

    private func store(_ members: [JSON.Member], on fields: inout Fields) throws -> [Effect] {
        try sample.decide(VaultStore.self, ["fields": .object(members)], on: &fields)
    }

    private func refusal(_ members: [JSON.Member]) throws -> Refusal? {
        var fields = try sample.created()
        let before = fields
        let refusal = #expect(throws: Refusal.self) { try store(members, on: &fields) }
        #expect(fields == before)
        return refusal
    }

    private func sealed(_ compact: String, _ field: String = "creditCard") -> JSON.Member {
        .init(field, ["sealed": .string(compact)])
    }

    @Test("X4 sealed values and plain ones are stored together, each as its own fact, in the request's order")
    func stores() throws {
        var fields = try sample.created()
        let effects = try store(
            [
                .init("firstName", ["value": "Änne"]), sealed(sample.seal("4111111111111234")),
                .init("size", ["value": .number("1.50")]), .init("vip", ["value": true]),
                sealed(sample.seal("Bob", field: "nickname"), "nickname"),
            ], on: &fields)
        #expect(fields.values[FieldName(stored: "creditCard")] == .written("4111111111111234"))
        #expect(fields.values[FieldName(stored: "size")] == .written("1.50"))
        #expect(fields.values[FieldName(stored: "vip")] == .written("true"))
        #expect(fields.values[FieldName(stored: "nickname")] == .written("Bob"))
        let names = ["firstName", "creditCard", "size", "vip", "nickname"]
        #expect(effects.summary == names.map { "vault.stored \($0)" })
        guard case .answer(let answer)? = effects.last else {
            Issue.record("no answer")
            return
        }
        #expect(answer["stored"]?.elements == names.map { .string($0) })
    }

    @Test("null empties a field, a sensitive one too")
    func empties() throws {
        var fields = try sample.created()
        _ = try store([sealed(sample.seal("4111111111111234")), .init("firstName", ["value": "A"])], on: &fields)
        _ = try store([.init("creditCard", ["value": nil]), .init("firstName", ["value": nil])], on: &fields)
        #expect(Set(fields.values.keys) == [.email])
    }

    @Test("X4 whatever is wrong with a sealed value has one answer")
    func refusesSeals() throws {
        let good = sample.seal("4111111111111234")
        let parts = good.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        let other = PrivateSealingKey.generate().publicKey
        func with(_ index: Int, _ part: String) -> String {
            var parts = parts
            parts[index] = part
            return parts.joined(separator: ".")
        }
        func flipped(_ text: String) -> String { (text.hasPrefix("A") ? "B" : "A") + text.dropFirst() }
        let wrongs = [
            sample.seal("4111111111111234", contact: "c-2"),
            sample.seal("4111111111111234", field: "nationalId"),
            JWE.seal([UInt8]("4111".utf8), to: sample.sealingKey.publicKey, header: ["sub": "c-1"]),
            JWE.seal([UInt8]("4111".utf8), to: sample.sealingKey.publicKey, header: ["field": "creditCard"]),
            JWE.seal([UInt8]("4111".utf8), to: other, header: ["sub": "c-1", "field": "creditCard"]),
            with(0, flipped(parts[0])), with(1, "AAAA"), with(2, flipped(parts[2])), with(3, flipped(parts[3])),
            with(4, flipped(parts[4])), with(4, ""), with(3, parts[3] + "="), good + ".", "", "4111111111111234",
            "....", String(repeating: "A", count: 200_000),
        ]
        let refusals = try wrongs.map { try refusal([sealed($0)]) }
        #expect(Set(refusals).count == 1)
        #expect(refusals[0]?.code == .invalidField && refusals[0]?.pointer == "/data/fields/creditCard")
        #expect(refusals[0]?.dropsBody == true)
        var fields = try sample.created()
        _ = try store([sealed(good)], on: &fields)
        _ = try store([sealed(sample.seal(String(repeating: "x", count: 4096)))], on: &fields)
    }

    @Test("a value of more than 4096 bytes is too large, plain or sealed, and a sealed one that is no text says so")
    func refusesLong() throws {
        let plain = try refusal([.init("firstName", ["value": long])])
        #expect(plain?.code == .tooLarge && plain?.pointer == "/data/fields/firstName/value")
        let tooLong = try refusal([sealed(sample.seal(String(repeating: "x", count: 4097)))])
        #expect(tooLong?.code == .tooLarge && tooLong?.message == "the sealed value is longer than 4096 bytes")
        let bytes = JWE.seal(
            [0xFF, 0xFE], to: sample.sealingKey.publicKey, header: ["sub": "c-1", "field": "creditCard"])
        let noText = try refusal([sealed(bytes)])
        #expect(noText?.code == .invalidField && noText?.message.contains("UTF-8") == true)
        for refused in [plain, tooLong, noText] { #expect(refused?.dropsBody == true) }
    }

    @Test(
        "V7 the refusal of an undeclared field names the one that was probably meant",
        arguments: [
            ("creditcard", "creditCard"), ("credit-card", "creditCard"), ("Credit_Card ", "creditCard"),
            ("creditCrad", "creditCard"), ("fristName", "firstName"), ("bithday", "birthday"),
        ])
    func suggests(_ name: String, _ meant: String) throws {
        let refused = try refusal([.init(name, ["value": "4111111111111234"])])
        #expect(refused?.message == "is no field that the configuration declares; did you mean `\(meant)`?")
        #expect(refused?.pointer == "/data/fields/\(name)")
    }

    /// What refuses a seal at each of the places where one can fail.
    private func wrongSeals() throws -> [String: String] {
        let other = PrivateSealingKey.generate().publicKey
        let parts = sample.seal("4111").split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        let header = String(decoding: try #require(Base64URL.decode(parts[0])), as: UTF8.self)
        func with(header: String) -> String {
            ([Base64URL.encode([UInt8](header.utf8))] + parts.dropFirst()).joined(separator: ".")
        }
        func with(_ index: Int, _ part: String) -> String {
            (parts[..<index] + [part] + parts[(index + 1)...]).joined(separator: ".")
        }
        let x = try #require(header.firstMatch(of: /"x":"([^"]*)"/)).output.1
        return [
            "no seal": "nonsense", "empty parts": "....",
            "another's key": JWE.seal([1], to: other, header: ["sub": "c-1", "field": "creditCard"]),
            "another contact": sample.seal("4111", contact: "c-2"),
            "another field": sample.seal("4111", field: "nationalId"),
            "zip": with(header: header.replacing("{\"alg\"", with: #"{"zip":"DEF","alg""#)),
            "crit": with(header: header.replacing("{\"alg\"", with: #"{"crit":["exp"],"alg""#)),
            "alg": with(header: header.replacing("ECDH-ES", with: "dir")),
            "curve": with(header: header.replacing("P-256", with: "P-384")),
            "off the curve": with(header: header.replacing(x, with: Base64URL.encode(Random.bytes(32)))),
            "infinity": with(header: header.replacing(x, with: String(repeating: "A", count: 43))),
            "second part": with(1, "AAAA"), "nonce": with(2, "AAAA"), "not canonical": with(4, parts[4] + "="),
            "no tag": with(4, ""), "wrong tag": with(4, "AAAAAAAAAAAAAAAAAAAAAA"),
        ]
    }

    @Test("X4 what is wrong with a seal costs the same work, whatever it is")
    func costs() throws {
        let wrongs = try wrongSeals()
        var fastest: [String: Duration] = [:]
        // Without the work in vain, what is no seal is refused a hundred times as fast; twice the work takes twice the
        // time.
        func areAlike() -> Bool {
            let (least, most) = (fastest.values.min() ?? .zero, fastest.values.max() ?? .zero)
            return least > .zero && most * 2 < least * 3
        }
        // In turns, so that what else the machine does falls on each of them; and again where that was too much.
        for _ in 0..<40 where !areAlike() {
            for _ in 0..<30 {
                for (name, compact) in wrongs {
                    let time = ContinuousClock().measure {
                        #expect(sample.environment.sealing.open(compact, contact: "c-1", field: "creditCard") == nil)
                    }
                    fastest[name] = min(fastest[name] ?? time, time)
                }
            }
        }
        #expect(areAlike(), "\(fastest)")
    }

    @Test(
        "a plain value for a sensitive field, what is no field, no value, or too long, is refused and not kept",
        arguments: wrongValues)
    func refusesValues(_ name: String, _ content: JSON) throws {
        let refused = try refusal([.init("lastName", ["value": "Example"]), .init(name, content)])
        #expect(refused?.code == .invalidField)
        #expect(refused?.dropsBody == true)
    }

    @Test("an unknown or erased contact's fields are not stored, and the message is not kept")
    func refusesContacts() throws {
        var unknown = Fields.unknown
        let missing = #expect(throws: Refusal.self) { try store([sealed(sample.seal("4111"))], on: &unknown) }
        #expect(missing?.code == .unknownContact && missing?.dropsBody == true)
        var erased = Fields(exists: true, isErased: true, addressHash: nil, values: [:], locks: [:], keys: .none)
        let refused = #expect(throws: Refusal.self) { try store([sealed(sample.seal("4111"))], on: &erased) }
        #expect(refused?.code == .erased && refused?.dropsBody == true)
    }
}
