import Cryptography
import FoundationEssentials
import Models
import Settings
import Testing
import VaultDomain

@testable import Messaging
@testable import VaultService

/// Who × which field × in which state: what a reveal is answered, and what is logged of it (V3).
@Suite struct PermissionTests {
    enum State: CaseIterable {
        case stored, empty, cleared, locked, never, erased
    }

    /// The roles of the sample, with what each may, and who has no token that counts.
    static let viewers: [(name: String, verdict: TokenVerdict)] = [
        ("billing", .user(UserID("grace"), permissions: [.reveal(field: "creditCard")])),
        ("marketing", .user(UserID("grace"), permissions: [.invite, .setOptIn, .importOptIns, .lists, .campaign])),
        ("privacy", .user(UserID("grace"), permissions: [.recordConsent, .resume, .readAccessLog, .erase])),
        ("support", .user(UserID("grace"), permissions: [])),
        ("none", .none(.missing)), ("expired", .expired(VaultSample.now)),
    ]
    static let fields = [
        "creditCard", "nationalId", "firstName", "region", "unknown", "email", "@email", "@locale", "",
    ]

    private let sample: VaultSample
    private let key = PrivateSealingKey.generate()

    init() throws { sample = try VaultSample() }

    private func contact(_ state: State) throws -> Fields {
        var fields = state == .never ? Fields.unknown : try sample.created()
        if state != .never {
            for name in ["creditCard", "nationalId"].map(FieldName.init(stored:)) {
                _ = fields.order(name, lock: false, clear: false, sequence: 1)
                if state != .empty { try fields.store([(name, "4111")], rules: sample.environment.rules) }
                if state == .cleared || state == .locked {
                    _ = fields.order(name, lock: true, clear: state == .cleared, sequence: 2)
                }
                if state == .cleared { _ = fields.order(name, lock: false, clear: false, sequence: 3) }
            }
        }
        if state == .erased {
            fields = Fields(
                exists: true, isErased: true, addressHash: nil, values: fields.values, locks: [:], keys: .none)
        }
        fields.numbering = AccessLog(partition: 0, next: 1, epoch: 0)
        return fields
    }

    /// As contract and features have it; nil: the value is released.
    private func wanted(_ viewer: String, _ field: String, _ state: State) -> Refusal.Code? {
        switch (viewer, field, state) {
        case (_, "firstName", _): .invalidField
        case ("expired", _, _): .expired
        case ("billing", "creditCard", .stored): nil
        case ("billing", "creditCard", .locked): .locked
        case ("billing", "creditCard", .erased): .erased
        case ("billing", "creditCard", .never): .unknownContact
        case ("billing", "creditCard", _): .notFound
        default: .notPermitted
        }
    }

    @Test(
        "V3 who may, may in the one state alone; all others learn nothing, and each attempt is logged",
        arguments: State.allCases)
    func matrix(_ state: State) async throws {
        for (viewer, verdict) in Self.viewers {
            for field in Self.fields {
                var fields = try contact(state)
                let jwk = key.publicKey.jwkMembers.map { JSON.Member($0.key, .string($0.value)) }
                let data: JSON = ["field": .string(field), "reason": "a refund", "replyKey": .object(jwk)]
                var context = Context<Fields>(
                    environment: sample.environment, message: sample.message(VaultReveal.type, data),
                    now: VaultSample.now,
                    user: verdict.user)
                context.verdict = verdict
                let place = "\(viewer) \(field) \(state)"
                let isField = ["creditCard", "nationalId", "firstName"].contains(field)
                do {
                    let effects = try VaultReveal(reading: try Reader(data, at: "/data")).decide(&fields, context)
                    #expect(isField, "\(place)")
                    try await check(effects, fields, wanted(viewer, field, state), verdict, place)
                } catch let refusal as Refusal {
                    #expect(!isField && refusal.code == .invalidField, "\(place): \(refusal)")
                    #expect(fields.numbering?.entries.isEmpty == true, "\(place): what names no field is not logged")
                }
            }
        }
    }

    private func check(
        _ effects: [Effect], _ fields: Fields, _ code: Refusal.Code?, _ verdict: TokenVerdict, _ place: String
    ) async throws {
        let entries = fields.numbering?.entries.map(\.entry) ?? []
        #expect(entries.map(\.refusal) == [code] && entries.first?.isReleased == (code == nil), "\(place)")
        #expect(entries.first?.viewer == (verdict.user == nil ? .account("crm") : .user("grace")), "\(place)")
        var answers = 0
        for case .answerOnce(let make) in effects {
            answers += 1
            do {
                let sealed = try #require(try await make()["sealed"]?.text)
                let value = try JWE.open(sealed) { _ in key }.plaintext
                #expect(code == nil && value == [UInt8]("4111".utf8), "\(place)")
            } catch let refusal as Refusal {
                #expect(refusal.code == code, "\(place)")
            }
        }
        #expect(answers == 1 && effects.summary.count == 1, "\(place)")
        #expect(effects.summary[0].hasPrefix(code == nil ? "vault.revealed" : "vault.refused"), "\(place)")
    }
}
