import ErasureDomain
import FoundationEssentials
import Models
import Settings
import Testing

@testable import ErasureService
@testable import Messaging

private let now = Timestamp(microseconds: 1_795_428_000_000_000)

private func decide<H: Handler<ErasureContact>>(
    _ handler: H.Type, _ data: JSON, on contact: inout ErasureContact, user: UserID? = nil
) throws -> [Effect] {
    let event = Event(id: UUID(), source: "/crm", type: H.type, subject: "c-1", time: now, data: data)
    let message = Message(
        event: event, exchange: H.exchange, account: "crm", replyAddress: nil, traceparent: nil, bodyHash: [],
        authorization: nil)
    let context = Context<ErasureContact>(
        environment: ErasureEnvironment(), message: message, now: now, user: user, number: 513, epoch: 77,
        peerEpochs: [.consent: 5])
    return try H(reading: try Reader(strictly: data, at: "/data")).decide(&contact, context)
}

@Suite struct HandlerTests {
    @Test("E1 a request is told once and answered each time")
    func request() throws {
        var contact = ErasureContact.unknown
        let data: JSON = ["kind": "erasure", "channel": "in-person"]
        let effects = try decide(ErasureRequest.self, data, on: &contact, user: UserID("ann"))
        let id = try #require(contact.requests.first?.id.text)
        guard case .fact("erasure.requested", let fact)? = effects.first, case .answer(let answer)? = effects.last
        else {
            Issue.record("\(effects)")
            return
        }
        #expect(fact == ["request": .string(id), "kind": "erasure", "dueAt": "2026-12-23T10:00:00.000Z"])
        #expect(answer == ["request": .string(id), "dueAt": "2026-12-23T10:00:00.000Z"])
        #expect(contact.unsaved.events.map(\.event.by) == ["ann"])
        let again = try decide(ErasureRequest.self, data, on: &contact)
        guard again.count == 1, case .answer(let second) = again[0] else {
            Issue.record("\(again)")
            return
        }
        #expect(second == answer)
    }

    @Test("without a user's token the publishing account stands in the history")
    func account() throws {
        var contact = ErasureContact.unknown
        _ = try decide(ErasureRequest.self, ["kind": "access", "channel": "email"], on: &contact)
        #expect(contact.unsaved.events.map(\.event.by) == ["crm"])
    }

    @Test(
        "what is wrong in a request is refused with its place",
        arguments: [
            (["channel": "phone"], "/data/kind", .invalidField),
            (["kind": "copy", "channel": "phone"], "/data/kind", .invalidField),
            (["kind": "access"], "/data/channel", .invalidField),
            (["kind": "access", "channel": ""], "/data/channel", .invalidField),
            (["kind": "access", "channel": "In person"], "/data/channel", .invalidField),
            (["kind": "access", "channel": "in-"], "/data/channel", .invalidField),
            (["kind": "access", "channel": "in--person"], "/data/channel", .invalidField),
            (["kind": "access", "channel": "t\u{e9}l"], "/data/channel", .invalidField),
            (["kind": "access", "channel": .string(String(repeating: "a", count: 65))], "/data/channel", .tooLarge),
        ] as [(JSON, String, Refusal.Code)])
    func wrong(data: JSON, pointer: String, code: Refusal.Code) throws {
        var contact = ErasureContact.unknown
        let refusal = #expect(throws: Refusal.self) { try decide(ErasureRequest.self, data, on: &contact) }
        #expect(refusal?.pointer == pointer && refusal?.code == code && contact == .unknown)
    }

    @Test("C5 an order is answered with the order in force, each time; the fact leaves once, before the answer")
    func order() throws {
        var contact = ErasureContact.unknown
        let head = OrderHead(order: UUID(), follows: nil, epoch: 5, sequence: 9)
        let data = RightsRequestOrder(head: head, kind: .access, channel: "page").json
        for expected in [["erasure.requested", RightsRequestDone.type], [RightsRequestDone.type]] {
            let effects = try decide(RightsRequestHandler.self, data, on: &contact)
            let types = effects.map { effect in
                switch effect {
                case .fact(let type, _): type
                case .order(let type, subject: _, _): type
                default: "?"
                }
            }
            #expect(types == expected)
            guard case .order(_, subject: "c-1", let json)? = effects.last else { continue }
            let done = try RightsRequestDone(reading: try Reader(json, at: "/data"))
            let answer = OrderAnswer(
                order: head.order, inForce: .init(order: head.order, sequence: 9, state: "requested"), epoch: 77,
                number: 513)
            #expect(done == .init(answer: answer, kind: .access, request: head.order, dueAt: now.addingMonths(1)))
        }
    }

    @Test("X5 only kinds of requests are restored")
    func recall() throws {
        var contact = ErasureContact.unknown
        let event = Event(id: UUID(), source: "/assent/erasure", type: "x", subject: "c-1", time: now, data: [:])
        let message = Message(
            event: event, exchange: .internal, account: "consent", replyAddress: nil, traceparent: nil, bodyHash: [],
            authorization: nil)
        let context = Context<ErasureContact>(
            environment: ErasureEnvironment(), message: message, now: now, user: nil)
        let inForce = OrderInForce(order: UUID(), sequence: 6, state: "requested")
        let id = try #require(ContactID("c-1"))
        let recall = RightsOrdersRecall()
        let other = RecalledItem(contact: id, topic: "erasure", inForce: inForce)
        #expect(try recall.decide(other, &contact, context).isEmpty && contact == .unknown)
        let item = RecalledItem(contact: id, topic: RightsKind.erasure.topic, inForce: inForce)
        #expect(try recall.decide(item, &contact, context).count == 1 && contact.inForce(.erasure) == inForce)
        #expect(try recall.decide(item, &contact, context).isEmpty)
    }
}
