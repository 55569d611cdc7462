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

/// A vault's environment with a sealing key, for decisions that reach no database.
struct VaultSample {
    static let now = Timestamp(microseconds: 1_763_800_000_000_000)
    static let yaml = """
        brand: {name: Test}
        languages: [en]
        attributes: {region: {}}
        fields:
          creditCard: {sensitive: true, show: {last: 4}}
          nationalId: {sensitive: true}
          firstName: {}
          lastName: {}
          nick: {}
          nickname: {}
          size: {}
          vip: {}
          birthday: {}
        consents:
          id: {kind: field, field: nationalId, version: "1", text: {en: Yes}}
          day: {kind: field, field: birthday, version: "1", text: {en: Yes}}
        """

    let environment: VaultEnvironment
    let sealingKey = PrivateSealingKey.generate()

    init() throws {
        // Decisions never reach the key store: the address leads nowhere.
        let pool = Pool(try DatabaseAddress(url: "postgresql://nobody@127.0.0.1:9/none"), name: "none", size: 1)
        try self.init(keys: pool)
    }

    init(keys: Pool, questions: Pool? = nil) throws {
        let ring = try keyRing(1)
        environment = VaultEnvironment(
            settings: try Settings.load(yaml: Self.yaml), addressKeys: AddressKeys(ring),
            keys: KeyStore(pool: keys, ring: HeldKeys(ring)), questions: questions)
        environment.sealing.keep([.init(key: sealingKey, isSettled: true)], seenAt: .now)
    }

    var store: FieldsStore {
        FieldsStore(keys: environment.keys, sealing: environment.sealing, find: environment.find)
    }

    /// As a publisher seals.
    func seal(_ value: String, contact: String = "c-1", field: String = "creditCard") -> String {
        JWE.seal([UInt8](value.utf8), to: sealingKey.publicKey, header: ["sub": contact, "field": field])
    }

    func message(_ type: String, _ data: JSON) -> Message {
        let event = Event(id: UUID(), source: "/crm", type: type, subject: "c-1", time: Self.now, data: data)
        return Message(
            event: event, exchange: .requests, account: "crm", replyAddress: nil, traceparent: nil, bodyHash: [],
            authorization: nil)
    }

    @discardableResult
    func decide<H: Handler<Fields>>(_ handler: H.Type, _ data: JSON, on fields: inout Fields) throws -> [Effect] {
        let context = Context<Fields>(
            environment: environment, message: message(H.type, data), now: Self.now, user: nil)
        return try H(reading: try Reader(data, at: "/data")).decide(&fields, context)
    }

    /// What `vault.read` answers, less the envelope.
    func read(_ fields: Fields) async throws -> JSON {
        var fields = fields
        for case .answerLater(let make) in try decide(VaultRead.self, [:], on: &fields) { return try await make() }
        return .null
    }

    /// A contact who was created.
    func created() throws -> Fields {
        var fields = Fields.unknown
        try fields.create(
            ContactEdit(address: .init(text: "anna@example.com", hashes: .init(newest: "h1"))),
            rules: environment.rules, by: "crm",
            at: Self.now)
        return fields
    }
}

extension FieldsStore {
    /// With sealing keys that nobody asks for.
    init(_ keys: KeyStore) {
        let sealing = SealingKeys(store: SealingKeyStore(pool: keys.pool, keys: keys.ring))
        sealing.keep([], seenAt: .now + .seconds(3600))
        self.init(
            keys: keys, sealing: sealing, find: FindIndex(rules: .none, pool: keys.pool, ring: keys.ring))
    }
}

/// Of keys that are the same in every test.
func keyRing(_ versions: Int...) throws -> KeyRing {
    let keys = versions.map { version in
        let key = Base64URL.encode([UInt8](repeating: UInt8(version), count: 32))
        return #"{"version":\#(version),"key":"\#(key)"}"#
    }
    return try KeyRing(json: #"{"keys":[\#(keys.joined(separator: ","))]}"#)
}

extension [Effect] {
    /// Types of the facts and orders, with the field of each.
    var summary: [String] {
        compactMap { effect in
            switch effect {
            case .fact(let type, let data): "\(type) \(data["field"]?.text ?? "")"
            case .order(let type, subject: _, let data): "\(type) \(data["field"]?.text ?? "")"
            default: nil
            }
        }
    }
}
