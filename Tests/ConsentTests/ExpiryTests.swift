import ConsentDomain
import FoundationEssentials
import Models
import Settings
import Testing

@testable import ConsentPages
@testable import ConsentService

private let start = Timestamp(microseconds: 1_763_800_000_000_000)
private let expiry = GrantExpiry(validFor: .seconds(100), renewBefore: .seconds(20), clearAfter: .seconds(50))
private let card = consent("card", field: "creditCard")

private func consent(
    _ name: String, field: String? = nil, _ expiry: GrantExpiry? = expiry, isEditable: Bool = true,
    version: String = "1"
) -> DeclaredConsent {
    DeclaredConsent(
        name: name, version: version, isGrantedByDefault: false, field: field, isEditable: isEditable, expiry: expiry)
}

private func rules(_ consents: [DeclaredConsent] = [card]) -> PageRules {
    PageRules(audience: nil, consents: consents)
}

private let request = KeptRequest(id: UUID(), source: "/assent/consent", type: "internal.consent-due", replies: [])

/// The contact's state about the card, as the words of the table below.
private enum State: CaseIterable {
    case never, granted, asked, unasked, lapsed, cleared, revoked

    /// Of a contact who granted at the start, lapsed at 101 s.
    var contact: ConsentContact {
        get throws {
            var contact = ConsentContact(exists: true, locale: nil, attributes: [:])
            contact.numbering = DecisionCounter(partition: 3, next: 7)
            guard self != .never else { return contact }
            try contact.decided(self == .revoked ? .revoked : .granted, at: 0)
            switch self {
            case .never, .granted, .revoked: break
            case .asked: _ = try contact.followUp(at: 80)
            case .unasked:
                let mail = try #require(try contact.followUp(at: 80).mail)
                let wasAsked = contact.renewalFailed(mail)
                #expect(wasAsked)
            case .lapsed: _ = try contact.followUp(at: 101)
            case .cleared:
                _ = try contact.followUp(at: 101)
                _ = try contact.followUp(at: 151)
            }
            return contact
        }
    }

    init(_ contact: ConsentContact) {
        guard let decision = contact.decisions["card"] else {
            self = .never
            return
        }
        switch (decision.choice, decision.channel, decision.followUp) {
        case (.granted, _, nil): self = .granted
        case (.granted, _, .asked): self = .asked
        case (.granted, _, _): self = .unasked
        case (.revoked, "expired", nil): self = .lapsed
        case (.revoked, "expired", _): self = .cleared
        case (.revoked, _, _): self = .revoked
        }
    }
}

extension ConsentContact {
    fileprivate mutating func decided(
        _ choice: Decision.Choice, on consent: DeclaredConsent = card, at seconds: Int
    ) throws {
        let act = DecisionAct(
            channel: "page", evidence: Evidence(), request: request, order: UUID(),
            stamp: OrderBook.Stamp(number: Int64(seconds) + 1, epoch: 0), at: start + .seconds(seconds))
        _ = try decide(choice, on: consent, by: act)
    }

    fileprivate mutating func followUp(at seconds: Int, _ rules: PageRules = rules()) throws -> ExpiryStep {
        try followUp(
            rules,
            by: PageAct(
                evidence: Evidence(), request: request, stamp: OrderBook.Stamp(number: Int64(seconds), epoch: 0),
                at: start + .seconds(seconds), newID: { UUID() }))
    }
}

@Suite("C7 grants that run out")
struct ExpiryTests {
    private enum Event: CaseIterable { case early, renewalDue, ended, keptLongEnough, grant, revoke, mailFailed }

    private static let table: [(State, [State])] = [
        //          early     renewal due  ended     kept long  grant      revoke     mail failed
        (.never, [.never, .never, .never, .never, .granted, .revoked, .never]),
        (.granted, [.granted, .asked, .lapsed, .lapsed, .granted, .revoked, .granted]),
        (.asked, [.asked, .asked, .lapsed, .lapsed, .granted, .revoked, .unasked]),
        (.unasked, [.unasked, .unasked, .lapsed, .lapsed, .granted, .revoked, .unasked]),
        (.lapsed, [.lapsed, .lapsed, .lapsed, .cleared, .granted, .revoked, .lapsed]),
        (.cleared, [.cleared, .cleared, .cleared, .cleared, .granted, .revoked, .cleared]),
        (.revoked, [.revoked, .revoked, .revoked, .revoked, .granted, .revoked, .revoked]),
    ]

    @Test("C7 every state and every event lead to the state in the table, and the second time to the same")
    func transitions() throws {
        #expect(Self.table.map(\.0) == State.allCases)
        for (before, row) in Self.table {
            for (event, expected) in zip(Event.allCases, row) {
                var contact = try before.contact
                #expect(State(contact) == before)
                try take(event, &contact)
                #expect(State(contact) == expected, "\(before) \(event)")
                let once = contact.decisions["card"]?.index
                if event != .grant && event != .revoke { try take(event, &contact) }
                #expect(State(contact) == expected && contact.decisions["card"]?.index == once, "\(before) \(event)")
            }
        }
    }

    private func take(_ event: Event, _ contact: inout ConsentContact) throws {
        switch event {
        case .early: _ = try contact.followUp(at: 79)
        case .renewalDue: _ = try contact.followUp(at: 80)
        case .ended: _ = try contact.followUp(at: 100)
        case .keptLongEnough: _ = try contact.followUp(at: 151)
        case .grant: try contact.decided(.granted, at: 160)
        case .revoke: try contact.decided(.revoked, at: 160)
        case .mailFailed:
            let mail = contact.decisions["card"]?.followUp
            if case .asked(let mail) = mail { _ = contact.renewalFailed(mail) }
            let wasAnother = contact.renewalFailed(UUID())
            #expect(!wasAnother)
        }
    }

    @Test("C7 a lapse locks and keeps the value, which is cleared later; renewing before that unlocks it")
    func orders() throws {
        var contact = try State.granted.contact
        var granted = contact.orders
        let unlocked = try #require(granted.waiting.first)
        let inForce = OrderInForce(order: unlocked.id, sequence: unlocked.sequence, state: "unlocked")
        _ = contact.take(
            OrderAnswer(order: unlocked.id, inForce: inForce, epoch: 0, number: 1), on: "creditCard", since: 0,
            as: OrderBook.Stamp(number: 50, epoch: 0))
        granted = contact.orders
        #expect(granted.waiting.isEmpty)
        let lapse = try contact.followUp(at: 100)
        #expect(lapse.lapses == [.init(consent: "card", wasAsked: false)] && lapse.step.told.isEmpty)
        let locking = try FieldLockOrder(reading: try Reader(try #require(lapse.step.orders.first).message, at: ""))
        #expect(locking.isLocked && !locking.clears && locking.field == "creditCard")
        let settled = contact.settlement(of: try #require(contact.orders.waiting.first))
        guard case .decided(let decision, "card") = settled.told else {
            Issue.record("nothing is told: \(settled)")
            return
        }
        #expect(decision.channel == "expired" && decision.textVersion == "1" && decision.choice == .revoked)
        #expect(contact.unsaved.records.last?.decision == decision)
        var renewed = contact
        try renewed.decided(.granted, at: 120)
        let unlocking = try #require(renewed.orders.waiting.last)
        #expect(unlocking.data["lock"] == false && unlocking.data["clear"] == false)
        let nothing = try renewed.followUp(at: 160)
        #expect(nothing == ExpiryStep())
        _ = try contact.followUp(at: 150)
        let clearing = try #require(contact.orders.waiting.last)
        #expect(clearing.data["lock"] == true && clearing.data["clear"] == true)
        #expect(contact.settlement(of: clearing).told == nil)
        #expect(contact.unsaved.followUps == ["card"])
    }

    @Test("C7 a use is refused from the end of its grant on, before the suite has recorded that")
    func refusedAtOnce() throws {
        let contact = try State.granted.contact
        #expect(contact.isAllowed(card, at: start + .milliseconds(99_999)))
        #expect(!contact.isAllowed(card, at: start + .seconds(100)))
        #expect(contact.isAllowed(consent("card", field: "creditCard", nil), at: start + .seconds(1_000_000)))
        let shown = try contact.overview(of: [card], at: start + .seconds(100))["decisions"]?.elements?.first
        #expect(shown?["decision"] == "granted" && shown?["effective"] == false)
    }

    @Test("C7 one mail asks about all that run out within 30 days, once, and about none that the page does not offer")
    func oneMail() throws {
        let day = 86_400
        func lasting(_ days: Int) -> GrantExpiry {
            GrantExpiry(validFor: .seconds(days * day), renewBefore: .seconds(5 * day), clearAfter: .zero)
        }
        let consents = [
            consent("soon", lasting(20)), consent("later", lasting(44)), consent("last", lasting(46)),
            consent("fixed", lasting(20), isEditable: false), consent("for-ever", nil),
        ]
        var contact = ConsentContact(exists: true, locale: nil, attributes: [:])
        contact.numbering = DecisionCounter(partition: 3, next: 7)
        for consent in consents { try contact.decided(.granted, on: consent, at: 0) }
        let step = try contact.followUp(at: 15 * day, rules(consents))
        #expect(
            step.items == [
                NoticeItem("soon", .runsOut(start + .seconds(20 * day))),
                NoticeItem("later", .runsOut(start + .seconds(44 * day))),
            ])
        #expect(contact.decisions["fixed"]?.followUp == .unasked && contact.decisions["last"]?.followUp == nil)
        let nothing = try contact.followUp(at: 16 * day, rules(consents))
        #expect(nothing == ExpiryStep())
        let lapses = try contact.followUp(at: 20 * day, rules(consents)).lapses
        #expect(lapses == [.init(consent: "soon", wasAsked: true), .init(consent: "fixed", wasAsked: false)])
        let last = try contact.followUp(at: 41 * day, rules(consents)).items
        #expect(last.map(\.consent) == ["last"])
    }

    @Test("C7 with the default renewBefore nobody is asked right after a short grant")
    func shortGrants() {
        let short = GrantExpiry(
            validFor: .seconds(86_400), renewBefore: .seconds(30 * 86_400), clearAfter: .seconds(30 * 86_400))
        #expect(short.renewBefore == .seconds(43_200))
    }

    @Test("C7 a grant can be renewed on the page when it runs out soon, and neither button is pressed until then")
    func renewing() throws {
        let grant = PageForm.Wanted(.consent("card", isGranted: true), version: "1")
        let revoke = PageForm.Wanted(.consent("card", isGranted: false), version: "1")
        let table: [(State, Int, canGrant: Bool, canRevoke: Bool, shown: String?)] = [
            (.granted, 79, false, true, "granted"), (.granted, 80, true, true, nil), (.asked, 90, true, true, nil),
            (.unasked, 101, true, true, nil), (.lapsed, 110, true, true, nil), (.cleared, 160, true, true, nil),
            (.revoked, 10, true, false, "revoked"), (.never, 10, true, true, nil),
        ]
        for (state, seconds, canGrant, canRevoke, shown) in table {
            let contact = try state.contact
            let now = start + .seconds(seconds)
            #expect(contact.mayAsk(for: grant, rules(), at: now) == canGrant, "\(state)")
            #expect(contact.mayAsk(for: revoke, rules(), at: now) == canRevoke, "\(state)")
            let content = PageContent(contact: contact, rules: rules(), policy: .double, email: nil, now: now)
            #expect(content.shown.values["consent.card"] == shown, "\(state)")
        }
    }

    @Test("X5 a lock that this database lost is the lapse that is due, or a revocation that clears")
    func recalled() throws {
        for (seconds, channel, clears) in [(50, "recovered", true), (110, "expired", false)] {
            var contact = try State.granted.contact
            let inForce = OrderInForce(order: UUID(), sequence: 1000, state: FieldLockDone.locked)
            let act = DecisionAct(
                channel: "recovered", evidence: Evidence(), request: request, order: UUID(),
                stamp: OrderBook.Stamp(number: 2000, epoch: 9), at: start + .seconds(seconds))
            let order = try contact.recall(inForce, of: "creditCard", on: card, by: act).order
            #expect(contact.decisions["card"]?.channel == channel)
            #expect(order?.data["lock"] == true && order?.data["clear"] == .bool(clears))
        }
    }
}
