import ErasureDomain
import FoundationEssentials
import Models
import Testing

private let now = Timestamp(microseconds: 1_795_428_000_000_000)  // 2026-11-23T10:00:00Z

/// A new id of a time.
private func id(at time: Timestamp = now) -> UUID {
    .timeOrdered(at: time, random: (0..<10).map { _ in UInt8.random(in: 0...255) })
}

private func request(_ kind: RightsKind, at time: Timestamp = now) -> RightsRequest {
    RightsRequest(id: id(at: time), kind: kind, channel: "phone", createdAt: time)
}

/// An order of an erasure that follows the one in force, unless another is named.
private func order(
    _ sequence: Int64, on contact: ErasureContact, follows: UUID? = nil, epoch: Int64 = 0, id order: UUID = id()
) -> RightsRequestOrder {
    let head = OrderHead(
        order: order, follows: follows ?? contact.inForce(.erasure).order, epoch: epoch, sequence: sequence)
    return RightsRequestOrder(head: head, kind: .erasure, channel: "page")
}

@Suite struct ErasureContactTests {
    @Test("E1 a request is due one month after it was made, on the last day of a shorter month")
    func dueDate() throws {
        let made = try #require(Timestamp(rfc3339: "2027-01-31T09:30:00Z"))
        #expect(request(.erasure, at: made).dueAt.rfc3339 == "2027-02-28T09:30:00.000Z")
        #expect(request(.access, at: now).dueAt.rfc3339 == "2026-12-23T10:00:00.000Z")
    }

    @Test("E1 one request of each kind is open: another one is answered with it", arguments: RightsKind.allCases)
    func oneOfAKind(kind: RightsKind) {
        var contact = ErasureContact.unknown
        let first = contact.request(request(kind), by: "crm")
        #expect(first.isNew && first.request.state == .open && contact.requests == [first.request])
        let before = contact
        let second = contact.request(request(kind, at: now + .seconds(86_400)), by: "ann")
        #expect(!second.isNew && second.request == first.request && contact == before)
        let other = contact.request(request(kind == .erasure ? .access : .erasure), by: "crm")
        #expect(other.isNew && contact.requests == [first.request, other.request])
    }

    @Test("E1 the history says who made the request")
    func history() {
        var contact = ErasureContact.unknown
        let asked = contact.request(request(.access), by: "ann").request
        let ordered = contact.take(order(1, on: contact), since: 0, at: now).request
        #expect(contact.unsaved.requests == [asked, ordered])
        #expect(contact.unsaved.events.map(\.request) == [asked.id, ordered.id])
        #expect(contact.unsaved.events.map(\.event.by) == ["ann", "contact"])
        #expect(contact.unsaved.events.allSatisfy { $0.event.what == .requested && $0.event.reason == nil })
    }

    @Test("C5 an order makes a request with the order's id and time, and is in force")
    func ordered() {
        var contact = ErasureContact.unknown
        let made = now - .seconds(3600)
        let order = order(7, on: contact, id: id(at: made))
        let recorded = contact.take(order, since: 0, at: now)
        #expect(recorded.isNew && recorded.request.id == order.head.order && recorded.request.channel == "page")
        #expect(recorded.request.createdAt == made && recorded.request.dueAt == made.addingMonths(1))
        #expect(
            contact.inForce(.erasure) == OrderInForce(order: order.head.order, sequence: 7, state: "requested"))
        #expect(contact.inForce(.access) == OrderInForce(order: nil, sequence: 0, state: "none"))
    }

    @Test("an order's id that is of no time, or of a clock that is ahead, counts from now")
    func clocks() {
        for order in [UUID(uuidString: "6ba7b810-9dad-11d1-80b4-00c04fd430c8") ?? id(), id(at: now + .seconds(60))] {
            var contact = ErasureContact.unknown
            let sent = RightsRequestOrder(
                head: OrderHead(order: order, follows: nil, epoch: 0, sequence: 1), kind: .access, channel: "page")
            #expect(contact.take(sent, since: 0, at: now).request.createdAt == now)
        }
    }

    @Test("C5 an order while a request of its kind is open is in force, and answered with that request")
    func orderedWhileOpen() {
        var contact = ErasureContact.unknown
        let asked = contact.request(request(.erasure), by: "crm").request
        let first = order(3, on: contact)
        let recorded = contact.take(first, since: 0, at: now)
        #expect(!recorded.isNew && recorded.request == asked && contact.requests == [asked])
        #expect(contact.inForce(.erasure).order == first.head.order)
        let second = order(4, on: contact)
        #expect(contact.take(second, since: 0, at: now).request == asked)
        #expect(contact.inForce(.erasure).order == second.head.order && contact.requests == [asked])
    }

    @Test("C5 a repeated or older order changes nothing and is answered again")
    func repeated() {
        var contact = ErasureContact.unknown
        let first = order(3, on: contact)
        let made = contact.take(first, since: 0, at: now).request
        let second = order(4, on: contact)
        _ = contact.take(second, since: 0, at: now)
        let before = contact
        for order in [second, first] {
            let again = contact.take(order, since: 0, at: now + .seconds(5))
            #expect(!again.isNew && again.request == made && contact == before)
            #expect(contact.inForce(.erasure).order == second.head.order)
        }
    }

    @Test("X5 an order that names another predecessor does not come into force, but what the contact asked is recorded")
    func predecessor() {
        var contact = ErasureContact.unknown
        let lost = id()
        let stray = order(8, on: contact, follows: lost)
        let recorded = contact.take(stray, since: 0, at: now)
        #expect(recorded.isNew && recorded.request.id == stray.head.order)
        #expect(contact.inForce(.erasure).order == nil && contact.unsaved.orders.isEmpty)
        // The consent service orders again under a new number, and names what it was answered.
        let again = order(9, on: contact, id: stray.head.order)
        #expect(contact.take(again, since: 0, at: now).request == recorded.request)
        #expect(contact.inForce(.erasure) == .init(order: stray.head.order, sequence: 9, state: "requested"))
        #expect(contact.requests == [recorded.request])
    }

    @Test("X5 an order of a history that the consent service has lost does not come into force")
    func lostHistory() {
        var contact = ErasureContact.unknown
        _ = contact.take(order(9, on: contact, epoch: 4), since: 5, at: now)
        #expect(contact.inForce(.erasure).order == nil)
        let next = order(10, on: contact, epoch: 5)
        _ = contact.take(next, since: 5, at: now)
        #expect(contact.inForce(.erasure).order == next.head.order && contact.requests.count == 1)
    }

    @Test("X5 an order that consent recalls is restored with its request, once")
    func recalled() {
        var contact = ErasureContact.unknown
        let order = id(at: now - .seconds(600))
        let inForce = OrderInForce(order: order, sequence: 6, state: "requested")
        let recorded = contact.recall(inForce, of: .access, at: now)
        #expect(recorded?.isNew == true && recorded?.request.id == order)
        #expect(recorded?.request.dueAt == (now - .seconds(600)).addingMonths(1))
        #expect(contact.inForce(.access) == inForce)
        #expect(contact.unsaved.events.map(\.event) == [.init(at: now, what: .recovered, by: "suite")])
        let before = contact
        #expect(contact.recall(inForce, of: .access, at: now) == nil && contact == before)
        // A newer one, while that request is open: it comes into force, and the request stays the same.
        let newer = OrderInForce(order: id(), sequence: 7, state: "requested")
        #expect(contact.recall(newer, of: .access, at: now)?.isNew == false)
        #expect(contact.inForce(.access) == newer && contact.requests.map(\.id) == [order])
        #expect(contact.recall(.none(state: "none"), of: .erasure, at: now) == nil)
    }
}
