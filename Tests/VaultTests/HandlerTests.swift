import Cryptography
import FoundationEssentials
import Keys
import Models
import PostgreSQL
import ServiceKit
import Settings
import Testing
import VaultDomain

@testable import Messaging
@testable import VaultService

@Suite struct HandlerTests {
    private static let settings = """
        brand: {name: Test}
        languages: [en]
        attributes: {region: {}}
        fields: {creditCard: {sensitive: true, show: {last: 4}}, firstName: {}, size: {}, vip: {}}
        """
    private let environment: VaultEnvironment
    private let now = Timestamp(microseconds: 1_763_800_000_000_000)

    init() throws {
        let key = Base64URL.encode([UInt8](repeating: 7, count: 32))
        let ring = try KeyRing(json: #"{"keys":[{"version":1,"key":"\#(key)"}]}"#)
        // Decisions never reach the key store: the address leads nowhere.
        let pool = Pool(try DatabaseAddress(url: "postgresql://nobody@127.0.0.1:9/none"), name: "none", size: 1)
        environment = VaultEnvironment(
            settings: try Settings.load(yaml: Self.settings), addressKeys: AddressKeys(ring),
            keys: KeyStore(pool: pool, ring: HeldKeys(ring)))
    }

    private func decide<H: Handler<Fields>>(
        _ handler: H.Type, _ data: JSON, on fields: inout Fields
    ) throws -> [Effect] {
        let event = Event(
            id: UUID(), source: "/crm", type: H.type, subject: "c-1", time: now, data: data)
        let message = Message(
            event: event, exchange: .contacts, account: "crm", replyAddress: nil, traceparent: nil, bodyHash: [],
            authorization: nil)
        let context = Context<Fields>(environment: environment, message: message, now: now, user: nil)
        return try H(reading: try Reader(data, at: "/data")).decide(&fields, context)
    }

    private func hash(_ email: String) -> String? {
        EmailAddress(email).map { environment.addressKeys.hashes(of: $0).text }
    }

    private func addresses(_ effects: [Effect]) -> [String?] {
        effects.compactMap { effect in
            guard case .order(AddressNotice.type, subject: "c-1", let data) = effect else { return nil }
            return .some(data["addressHash"]?.text)
        }
    }

    private func refusal(_ effects: [Effect]) -> Refusal? {
        for case .refuse(let refusal) in effects { return refusal }
        return nil
    }

    @Test("attributes are not the vault's, numbers and booleans are kept as their JSON text")
    func keepsPersonalFields() throws {
        var fields = Fields.unknown
        let data: JSON = [
            "email": "anna@example.com",
            "profile": ["region": "EU", "firstName": "Anna", "size": .number("1.50"), "vip": true],
        ]
        let effects = try decide(ContactCreated.self, data, on: &fields)
        #expect(refusal(effects) == nil)
        #expect(addresses(effects) == [hash("anna@example.com")])
        #expect(fields.values[FieldName(stored: "region")] == nil)
        #expect(fields.values[FieldName(stored: "size")] == .written("1.50"))
        #expect(fields.values[FieldName(stored: "vip")] == .written("true"))
    }

    @Test("O12 a refused message that names an address tells which one the contact has")
    func ordersAddressOfRefused() throws {
        var fields = Fields.unknown
        _ = try decide(ContactCreated.self, ["email": "anna@example.com"], on: &fields)
        let before = fields
        let form: JSON = ["email": "mallory@example.com", "marketing": true, "form": "footer"]
        let effects = try decide(VaultService.WebformSubmitted.self, form, on: &fields)
        #expect(refusal(effects)?.code == .conflict)
        #expect(addresses(effects) == [hash("anna@example.com")])
        #expect(fields == before)
        let invalid: JSON = ["email": "anne@example.com", "profile": ["firstName": []]]
        let refused = try decide(ContactUpdated.self, invalid, on: &fields)
        #expect(refusal(refused)?.pointer == "/data/profile/firstName")
        #expect(addresses(refused) == [hash("anna@example.com")])
        #expect(fields == before)
    }

    @Test("a message that names no address orders none, and one of an unknown contact says that it has none")
    func ordersOnlyNamedAddresses() throws {
        var fields = Fields.unknown
        let update = try decide(ContactUpdated.self, ["locale": "de"], on: &fields)
        #expect(addresses(update).isEmpty)
        #expect(refusal(update)?.code == .unknownContact)
        let wrong = try decide(ContactCreated.self, ["email": "no address"], on: &fields)
        #expect(refusal(wrong)?.pointer == "/data/email")
        #expect(addresses(wrong) == [nil])
    }

    @Test("X4 a sensitive field in a profile drops the body, whatever else is wrong", arguments: [true, false])
    func dropsBodyOfSensitive(_ isOtherwiseWrong: Bool) throws {
        var fields = Fields.unknown
        let email: JSON = isOtherwiseWrong ? 5 : "anna@example.com"
        let data: JSON = ["email": email, "profile": ["creditCard": "4111111111111111"]]
        let refused = refusal(try decide(ContactCreated.self, data, on: &fields))
        #expect(refused?.code == .invalidField)
        #expect(refused?.pointer == "/data/profile/creditCard")
        #expect(refused?.dropsBody == true)
        #expect(fields == .unknown)
    }

    @Test("a profile key that the vault reserves is refused", arguments: ["email", "locale", "id"])
    func refusesReservedKeys(_ name: String) throws {
        var fields = Fields.unknown
        let data: JSON = ["email": "anna@example.com", "profile": .object([JSON.Member(name, "x")])]
        #expect(refusal(try decide(ContactCreated.self, data, on: &fields))?.code == .invalidField)
        #expect(fields == .unknown)
    }

    @Test("V7 a profile key that nothing declares is left out, in a form too, and the rest is kept")
    func leavesOutUndeclared() throws {
        let data: JSON = [
            "email": "anna@example.com", "marketing": false, "form": "f",
            "profile": ["firstName": "Anna", "shoe": "38", "@email": "x", "first name": "Ann", "a\u{1}": "x"],
        ]
        for handler in [ContactCreated.self, ContactUpdated.self, VaultService.WebformSubmitted.self]
            as [any Handler<Fields>.Type]
        {
            var fields = Fields.unknown
            #expect(refusal(try decide(handler, data, on: &fields)) == nil)
            #expect(fields.values.keys.sorted().map(\.text) == ["@email", "firstName"])
            #expect(fields.values[.email] == .written("anna@example.com"))
        }
    }

    @Test("a message weighs what its fields cost, so that a transaction takes fewer of the heavy ones")
    func weighs() throws {
        func weight<H: Handler<Fields>>(_ handler: H.Type, _ data: JSON) throws -> Int {
            try H(reading: try Reader(data, at: "/data")).weight
        }
        let keys = (0..<180).map { JSON.Member("k\($0)", "x") }
        #expect(try weight(ContactCreated.self, ["profile": .object(keys)]) == 180 * FieldWeight.plain)
        #expect(try weight(ContactUpdated.self, ["email": "a@example.com"]) == 0)
        #expect(try weight(ContactUpdated.self, ["profile": 5]) == 0)
        let values: [JSON.Member] = [.init("a", ["value": 1]), .init("b", ["sealed": "x"])]
        #expect(try weight(VaultStore.self, ["fields": .object(values)]) == 2 * FieldWeight.sealed)
    }
}
