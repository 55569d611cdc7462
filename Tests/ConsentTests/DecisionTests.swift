import ConsentDomain
import FoundationEssentials
import Models
import Testing

private let now = Timestamp(microseconds: 1_763_800_000_000_000)
private let tracking = DeclaredConsent(name: "tracking", version: "3", isGrantedByDefault: false, field: nil)
private let service = DeclaredConsent(name: "service", version: "1", isGrantedByDefault: true, field: nil)
private let card = DeclaredConsent(name: "card", version: "1", isGrantedByDefault: false, field: "creditCard")
private let passport = DeclaredConsent(name: "passport", version: "1", isGrantedByDefault: false, field: "nationalId")

private func known() -> ConsentContact {
    var contact = ConsentContact(exists: true, locale: nil, attributes: [:])
    contact.numbering = DecisionCounter(partition: 3, next: 7)
    return contact
}

private func act(_ order: UUID = UUID(), request: KeptRequest? = nil, _ note: String = "call 1") -> DecisionAct {
    DecisionAct(
        channel: "phone", evidence: Evidence(note: note, reference: nil, recordedBy: "ann"),
        request: request ?? asked("r"), order: order, stamp: stamp(1), at: now)
}

private func asked(_ correlation: String, id: UUID = UUID()) -> KeptRequest {
    KeptRequest(
        id: id, source: "/crm", type: "consent.record",
        replies: [.init(queue: "crm.replies", correlation: correlation)])
}

private func stamp(_ number: Int64) -> OrderBook.Stamp { OrderBook.Stamp(number: number, epoch: 0) }

/// The vault answers that the contact's order is in force.
private func settle(
    _ id: UUID, _ contact: inout ConsentContact
) throws -> (settled: PlacedOrder, next: PlacedOrder?) {
    let order = try #require(contact.orders.waiting.first { $0.id == id })
    let inForce = OrderInForce(order: id, sequence: order.sequence, state: "locked")
    let answer = FieldLockDone(
        answer: OrderAnswer(order: id, inForce: inForce, epoch: 0, number: 1), field: order.topic)
    let step = contact.take(answer.answer, on: answer.field, since: 0, as: stamp(order.sequence + 1))
    guard case .settled(let settled, let next) = step else {
        Issue.record("\(step)")
        throw CancellationError()
    }
    return (settled, next)
}

@Suite("Decisions of a contact")
struct DecisionTests {
    @Test(
        "C3 every decision follows every other, counts at once, and has a number of its own",
        arguments: [nil, .granted, .revoked] as [Decision.Choice?], Decision.Choice.allCases)
    func transitions(before: Decision.Choice?, choice: Decision.Choice) throws {
        for consent in [tracking, service, card] {
            var contact = known()
            if let before { _ = try contact.decide(before, on: consent, by: act()) }
            let effectiveBefore = contact.isAllowed(consent, at: now)
            #expect(effectiveBefore == before.map { $0 == .granted } ?? consent.isGrantedByDefault)
            _ = try contact.decide(choice, on: consent, by: act(UUID(), "call 2"))
            #expect(contact.isAllowed(consent, at: now) == (choice == .granted))
            #expect(contact.facts.consents == [consent.name: choice.rawValue])
            let number: Int64 = before == nil ? 7 : 8
            #expect(contact.decisions[consent.name]?.index.description == "3-\(number)")
            #expect(contact.numbering?.next == number + 1)
            #expect(contact.unsaved.records.map(\.decision.index.number) == Array(7...number))
            #expect(contact.unsaved.records.last?.evidence.note == "call 2")
        }
    }

    @Test("C0 a decision names the text's version, the channel and the time; consent.show says them")
    func shown() throws {
        var contact = known()
        _ = try contact.decide(.revoked, on: service, by: act())
        let shown = try contact.overview(of: [tracking, service], at: Timestamp(microseconds: 0))["decisions"]
        let expected =
            #"[{"consent":"tracking","decision":"none","effective":false},{"consent":"service","#
            + #""decision":"revoked","effective":false,"decidedAt":"\#(now.rfc3339)","textVersion":"1","#
            + #""channel":"phone","index":"3-7"}]"#
        #expect(shown?.serialized == expected)
    }

    @Test("a contact whom nobody created decides nothing, and no number is taken")
    func unknownContact() {
        var contact = ConsentContact.unknown
        contact.numbering = DecisionCounter(partition: 0, next: 1)
        let before = contact
        #expect(throws: Refusal.self) { _ = try contact.decide(.granted, on: tracking, by: act()) }
        #expect(contact == before)
    }

    @Test("C1 a decision on a field is an order to the vault: granting unlocks, revoking locks and clears")
    func orders() throws {
        var contact = known()
        let ids = [UUID(), UUID()]
        guard case .ordered(let first) = try contact.decide(.granted, on: card, by: act(ids[0])) else {
            Issue.record("the first order is not sent")
            return
        }
        let granting = try FieldLockOrder(reading: try Reader(first.message, at: "/data"))
        #expect(granting.head == OrderHead(order: ids[0], follows: nil, epoch: 0, sequence: 1))
        #expect(!granting.isLocked && !granting.clears && granting.field == "creditCard")
        let (settled, next) = try settle(ids[0], &contact)
        #expect(FieldLockNote(settled)?.consent == "card" && next == nil)
        guard case .ordered(let second) = try contact.decide(.revoked, on: card, by: act(ids[1])) else {
            Issue.record("the second order is not sent")
            return
        }
        let revoking = try FieldLockOrder(reading: try Reader(second.message, at: "/data"))
        #expect(
            revoking.head.order == ids[1] && revoking.head.follows == ids[0] && revoking.isLocked && revoking.clears)
    }

    @Test("C1 orders about one field go one at a time, in the order of the decisions; another field's do not wait")
    func oneAtATime() throws {
        var contact = known()
        let ids = (0..<4).map { _ in UUID() }
        var steps: [DecisionStep] = []
        for (choice, consent, id) in [
            (Decision.Choice.granted, card, ids[0]), (.revoked, card, ids[1]), (.granted, card, ids[2]),
            (.granted, passport, ids[3]),
        ] { steps.append(try contact.decide(choice, on: consent, by: act(id))) }
        let waits = steps.map { $0 == .waits }
        #expect(waits == [false, true, true, false])
        #expect(try settle(ids[0], &contact).next?.id == ids[1])
        #expect(try settle(ids[3], &contact).next == nil)
        #expect(try settle(ids[1], &contact).next?.id == ids[2])
        #expect(try settle(ids[2], &contact).next == nil)
        #expect(contact.orders.waiting.isEmpty && contact.orders.changes.settled == [ids[0], ids[3], ids[1], ids[2]])
    }

    @Test("a repetition before the vault's answer waits with its request and with no other")
    func repetition() throws {
        var contact = known()
        let (id, other, order) = (UUID(), UUID(), UUID())
        _ = try contact.decide(.granted, on: card, by: act(order, request: asked("1", id: id)))
        _ = try contact.decide(.revoked, on: card, by: act(request: asked("2", id: other)))
        contact.hearAgain(asked("3", id: id))
        contact.hearAgain(asked("3", id: id))
        contact.hearAgain(asked("4", id: UUID()))
        #expect(contact.orders.changes.waiters.map(\.reply.correlation) == ["3"])
        #expect(try settle(order, &contact).settled.request.replies.map(\.correlation) == ["1", "3"])
        contact.hearAgain(asked("5", id: id))
        #expect(contact.orders.changes.waiters.count == 1)
    }

    @Test("decisions that wait for a vault that is away have a limit, and what is refused takes no number")
    func limit() throws {
        var contact = known()
        for _ in 0..<200 { _ = try contact.decide(.revoked, on: card, by: act()) }
        let refusal = #expect(throws: Refusal.self) { _ = try contact.decide(.granted, on: card, by: act()) }
        #expect(refusal?.code == .unavailable)
        #expect(contact.numbering?.next == 207)
    }
}
