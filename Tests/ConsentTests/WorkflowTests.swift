import ConsentDomain
import Cryptography
import FoundationEssentials
import Models
import PostgreSQL
import ServiceKit
import Settings
import TestSupport
import Testing

@testable import ConsentService
@testable import Messaging

private let now = Timestamp(microseconds: 1_763_800_000_000_000)
private let partner = DeclaredConsent(name: "partner", version: "1", isGrantedByDefault: false, field: nil)
private let tracking = DeclaredConsent(name: "tracking", version: "1", isGrantedByDefault: false, field: nil)
private let actions: [WorkflowRule.Action] = [
    .mailContact, .mailOther, .publish(queue: "q", type: "t", fields: ["email"]),
    .publish(queue: "q", type: "t", fields: []),
]

private func rule(_ trigger: String, _ condition: Condition? = nil, _ actions: [WorkflowRule.Action] = [.mailOther])
    -> WorkflowRule
{
    WorkflowRule(name: "w", trigger: trigger, condition: condition, actions: actions)
}

private func contact(_ processing: Processing = .active) -> ConsentContact {
    var contact = ConsentContact(
        exists: true, locale: nil, attributes: ["region": "EU"], page: PageState(processing: processing))
    contact.numbering = DecisionCounter(partition: 0, next: 1, epoch: 0)
    return contact
}

private func decide(
    _ choice: Decision.Choice, on consent: DeclaredConsent = partner, _ contact: inout ConsentContact
) throws {
    let request = KeptRequest(id: UUID(), source: "/crm", type: "consent.record", replies: [])
    let act = DecisionAct(
        channel: "paper", evidence: Evidence(note: "n"), request: request, order: UUID(),
        stamp: OrderBook.Stamp(number: 256, epoch: 0), at: now)
    _ = try contact.decide(choice, on: consent, by: act)
}

private func fired(
    _ rule: WorkflowRule, _ type: String, consent: String? = nil, list: String? = nil, _ contact: ConsentContact
) -> [Int] {
    var contact = contact
    let trigger = WorkflowRule.Trigger(type: type, id: UUID(), consent: consent, list: list)
    return contact.fire([rule], on: trigger) { _, _ in UUID() }.map(\.action)
}

@Suite struct WorkflowRuleTests {
    private static let facts = [
        "consent.pending", "consent.granted", "consent.revoked", "consent.expired", "processing.stopped",
        "processing.resumed", "optin.changed", "list.subscribed", "list.left", "erasure.requested", "erasure.ordered",
        "erasure.completed",
    ]

    @Test("C6 a rule reacts to facts of its own type alone", arguments: facts, facts)
    func triggers(_ trigger: String, _ fact: String) throws {
        #expect(fired(rule(trigger), fact, contact()) == (trigger == fact ? [0] : []))
    }

    @Test("C6 a rule whose condition names consents or lists reacts to facts about these alone")
    func concerns() throws {
        var contact = contact()
        for consent in [partner, tracking] { try decide(.granted, on: consent, &contact) }
        for list in ["news", "events"] { contact.hearList(list, isSubscribed: true, sequence: 1) }
        let granted = rule("consent.granted", .leaf(.consent("partner"), .is("granted")))
        #expect(fired(granted, "consent.granted", consent: "partner", contact) == [0])
        #expect(fired(granted, "consent.granted", consent: "tracking", contact) == [])
        #expect(fired(granted, "consent.granted", contact) == [])
        let subscribed = rule("list.subscribed", .not(.leaf(.list("events"), .is(false))))
        #expect(fired(subscribed, "list.subscribed", list: "events", contact) == [0])
        #expect(fired(subscribed, "list.subscribed", list: "news", contact) == [])
        let region = rule("consent.granted", .leaf(.profile("region"), .is("EU")))
        #expect(fired(region, "consent.granted", consent: "tracking", contact) == [0])
    }

    @Test("C6 the condition is evaluated on the contact as it is, at the firing and again at the effect")
    func conditions() throws {
        var contact = contact()
        let both = rule(
            "consent.granted",
            .all([.leaf(.consent("partner"), .is("granted")), .leaf(.consent("tracking"), .is("granted"))]))
        try decide(.granted, &contact)
        #expect(fired(both, "consent.granted", consent: "partner", contact) == [])
        try decide(.granted, on: tracking, &contact)
        #expect(fired(both, "consent.granted", consent: "tracking", contact) == [0])
        #expect(contact.refusal(of: both, 0, about: "tracking", triggeredBy: "consent.granted") == nil)
        #expect(contact.refusal(of: both, 1, about: "tracking", triggeredBy: "consent.granted") == .superseded)
        try decide(.revoked, &contact)
        #expect(contact.refusal(of: both, 0, about: "tracking", triggeredBy: "consent.granted") == .condition)
    }

    @Test("C6 without a condition the consent whose grant triggered the rule must still be granted")
    func consentNow() throws {
        var contact = contact()
        let any = rule("consent.granted")
        try decide(.granted, &contact)
        #expect(contact.refusal(of: any, 0, about: "partner", triggeredBy: "consent.granted") == nil)
        try decide(.revoked, &contact)
        #expect(contact.refusal(of: any, 0, about: "partner", triggeredBy: "consent.granted") == .condition)
        #expect(contact.refusal(of: any, 0, about: "partner", triggeredBy: "consent.revoked") == nil)
    }

    @Test("C4, C6 a stop holds back every action that uses the contact's data, and no other")
    func stopped() {
        let all = rule("processing.stopped", nil, actions)
        #expect(fired(all, "processing.stopped", contact(.stopped)) == [3])
        #expect(fired(all, "processing.stopped", contact(.active)) == [0, 1, 2, 3])
        for (place, _) in actions.enumerated() {
            let refusal = contact(.stopped).refusal(of: all, place, about: nil, triggeredBy: "processing.stopped")
            #expect(refusal == (place == 3 ? nil : .stopped))
        }
    }

    @Test("E5, C6 after an erasure no action uses the contact's data")
    func erased() {
        var contact = contact()
        contact.hearErasure(.completed, sequence: 1)
        #expect(fired(rule("erasure.completed", nil, actions), "erasure.completed", contact) == [3])
    }
}

/// Rules of a configuration around a decision.
@Suite struct WorkflowFiringTests {
    private static let yaml = """
        brand: {name: T}
        languages: [en]
        lists: {news: {text: {en: N}}}
        fields: {firstName: {}}
        consents: {partner: {kind: custom, version: "1", text: {en: Yes}}}
        workflows:
        - name: both
          on: consent.granted
          where: {field: consent.partner, is: granted}
          do:
          - mail: {to: partner@example.com, template: partner-contact}
          - mail: {to: contact, template: partner-contact}
          - publish: {queue: q, type: t, fields: [email, firstName]}
        - {name: list, on: list.left, do: [{publish: {queue: q, type: left}}]}
        """

    private func conclude(
        _ effects: [Effect], _ type: String, _ data: JSON = [:], id: UUID = UUID(), on contact: inout ConsentContact
    ) throws -> [Effect] {
        let key = Base64URL.encode([UInt8](repeating: 1, count: 32))
        let environment = ConsentEnvironment(
            settings: try Settings.load(yaml: Self.yaml),
            linkKeys: KeyRingFile(try KeyRing(json: #"{"keys":[{"version":1,"key":"\#(key)"}]}"#)),
            publicURL: "https://example.com")
        let event = Event(id: id, source: "/crm", type: type, subject: "c-1", time: now, data: data)
        let message = Message(
            event: event, exchange: .facts, account: "optin", replyAddress: nil, traceparent: nil, bodyHash: [],
            authorization: nil)
        return contact.conclude(effects, Context(environment: environment, message: message, now: now, user: nil))
    }

    @Test("C6 a grant's fact gets an id that the firing names; the actions are ordered, the message waits as a row")
    func ownFact() throws {
        var contact = contact()
        try decide(.granted, &contact)
        let effects = try conclude(
            [.answer([:]), .fact("consent.granted", ["consent": "partner"]), .fact("processing.stopped", [:])],
            "consent.record", on: &contact)
        guard effects.count == 6, case .identifiedFact(let id, "consent.granted", _) = effects[1],
            case .order(MailOrder.type, subject: "c-1", let other) = effects[2],
            case .order(MailOrder.type, subject: "c-1", let own) = effects[3],
            case .fact("workflow.fired", let told) = effects[4], case .fact("processing.stopped", _) = effects[5]
        else {
            Issue.record("\(effects)")
            return
        }
        #expect(told == ["workflow": "both", "trigger": ["type": "consent.granted", "id": .string(id.text)]])
        #expect(!other.serialized.contains("@") && other["about"]?["toContact"] == false)
        #expect(own["about"] == ["workflow": "both", "action": 1, "toContact": true])
        let firings = contact.unsaved.firings
        #expect(firings.map(\.action) == [0, 1, 2] && firings.allSatisfy { $0.trigger.id == id })
        #expect(firings.last?.kind == .publish(queue: "q", type: "t", fields: ["email", "firstName"]))
        #expect(other["mail"]?.text == firings[0].id.text && Set(firings.map(\.id)).count == 3)
    }

    @Test("C6 another service's fact fires with its own id, and makes the same firings whenever it comes")
    func heardFact() throws {
        var (first, again) = (contact(), contact())
        let id = UUID()
        let effects = try conclude([], "list.left", ["list": "news"], id: id, on: &first)
        _ = try conclude([], "list.left", ["list": "news"], id: id, on: &again)
        guard effects.count == 1, case .fact("workflow.fired", let told) = effects[0] else {
            Issue.record("\(effects)")
            return
        }
        #expect(told["trigger"] == ["type": "list.left", "id": .string(id.text)])
        #expect(first.unsaved == again.unsaved && first.unsaved.firings.count == 1)
    }
}

@Suite(.database)
struct FiringStoreTests {
    private func firing(_ contact: inout ConsentContact, _ rule: WorkflowRule, id: UUID) -> UUID? {
        let trigger = WorkflowRule.Trigger(type: rule.trigger, id: id, consent: "partner")
        return contact.fire([rule], on: trigger) { rule, action in
            derivedID("workflow", rule.name, id.text, String(action))
        }.first?.id
    }

    @Test("C6 a fact that comes again adds no row; the gate asks the contact's state of now; old rows go")
    func rows() async throws {
        try await TestDatabase.withSchema(MessagingMigrations.all + ConsentMigrations.all) { pool in
            let store = ConsentStore()
            let rule = rule("consent.granted")
            let fact = UUID()
            var mail: UUID?
            for _ in 0..<2 {
                var state = contact()
                state.numbering = try store.numbering(
                    of: 0, from: try await pool.run(store.loadingNumbering(of: 0))[...])
                try decide(.granted, &state)
                mail = firing(&state, rule, id: fact)
                let counter = try #require(state.numbering)
                state.numbering = nil
                _ = try await pool.run(
                    try await store.saving([(key: "c-1", state: state)], at: now) + store.savingNumbering(counter))
            }
            #expect(try await pool.run([Statement("SELECT id FROM workflow_firing")])[0].count == 1)
            let (id, stranger) = (try #require(mail), UUID())
            let owner = try #require(ContactID("c-1"))
            let other = try #require(ContactID("c-2"))
            func refusals(_ rules: [WorkflowRule], of owner: ContactID = owner) async throws -> [UUID: String] {
                try await FiringReads(pool: pool, rules: rules).refusals(of: [id: owner, stranger: owner])
            }
            #expect(try await refusals([rule]) == [stranger: "superseded"])
            #expect(try await refusals([rule], of: other) == [id: "superseded", stranger: "superseded"])
            #expect(try await refusals([]) == [id: "superseded", stranger: "superseded"])
            let loaded = try await store.states(of: ["c-1"], from: try await pool.run(store.loading(["c-1"]))[...])
            var state = try #require(loaded["c-1"])
            state.numbering = try store.numbering(
                of: 0, from: try await pool.run(store.loadingNumbering(of: 0))[...])
            try decide(.revoked, &state)
            let counter = try #require(state.numbering)
            state.numbering = nil
            _ = try await pool.run(
                try await store.saving([(key: "c-1", state: state)], at: now) + store.savingNumbering(counter))
            #expect(try await refusals([rule]) == [id: "condition", stranger: "superseded"])
            let gone = try await pool.run([
                Statement("UPDATE workflow_firing SET fired_at = now() - interval '89 days'"),
                Statement(FiringSweep.delete),
                Statement("UPDATE workflow_firing SET fired_at = now() - interval '91 days'"),
                Statement(FiringSweep.delete),
            ])
            #expect(gone[1].count == 0 && gone[3].count == 1)
        }
    }
}
