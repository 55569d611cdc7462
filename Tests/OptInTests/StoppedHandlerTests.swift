import FoundationEssentials
import Models
import OptInDomain
import Testing

@testable import Messaging
@testable import OptInService

/// What the messages of users, publishers and the consent service do at a stopped contact (C4).
@Suite struct StoppedHandlerTests {
    private let handlers: OptInHandlers

    init() throws { handlers = try OptInHandlers() }

    /// The word with which one contact of a job ends.
    private func outcome<H: Handler<OptIn>>(_ handler: H.Type, _ item: JobItem, on state: OptIn) throws -> String? {
        var state = state
        for case .itemDone(_, _, let outcome) in try handlers.decide(handler, item.json, on: &state) { return outcome }
        return nil
    }

    @Test("C4 from a stop on publishers and users are refused", arguments: StoppedStatus.allCases)
    func refusals(stopped: StoppedStatus) throws {
        var state = stopped.contact
        for _ in 0..<2 {
            let code: Refusal.Code? = state.isStopped ? .locked : nil
            #expect(handlers.refusal(ContactUpdated.self, ["email": "other@example.com"], on: state) == code)
            #expect(handlers.refusal(ContactUpdated.self, ["profile": ["region": "EU"]], on: state) == code)
            #expect(handlers.refusal(ContactCreated.self, ["email": "other@example.com"], on: state) == code)
            #expect(handlers.refusal(OptInSubscribe.self, ["list": "events"], on: state) == code)
            #expect(handlers.refusal(OptInLeave.self, ["list": "news"], on: state) == nil)
            let set = handlers.refusal(OptInSet.self, ["status": "opt-out-user"], on: state)
            #expect(set == (state.isStopped ? .locked : .optedOut))
            let item = JobItem(job: UUID(), number: 1, detail: "single-opt-in-user", user: "mark")
            #expect(try outcome(ImportItem.self, item, on: state) == (state.isStopped ? "stopped" : "opted-out"))
            #expect(try outcome(InviteItem.self, item, on: state) == (state.isStopped ? "stopped" : "opt-out-contact"))
            _ = state.take(.stop(false))
        }
        #expect(!state.isStopped)
    }

    @Test("C4, O2 a form on a stopped contact is taken, and one with another address is still a conflict")
    func form() throws {
        var state = OptIn()
        let form: JSON = ["email": "anna@example.com", "marketing": true, "form": "f", "lists": ["news"]]
        try handlers.decide(WebFormSubmitted.self, form, on: &state)
        _ = state.take(.stop(true))
        let effects = try handlers.decide(WebFormSubmitted.self, form, on: &state)
        #expect(effects.types == ["optin.changed"] && state.heldOptOut == .optOutContact)
        let other: JSON = ["email": "other@example.com", "marketing": true, "form": "f"]
        #expect(handlers.refusal(WebFormSubmitted.self, other, on: state) == .conflict)
    }

    @Test("X5 an order is answered with the one in force, followed or not")
    func answers() throws {
        var state = contact(.doubleOptIn)
        let stop = EmailOrder.next(.stop(true), on: state, epoch: 5)
        var effects = try handlers.decide(EmailOrderHandler.self, stop.json, on: &state, peerEpochs: [.consent: 5])
        #expect(effects.types == ["optin.changed", "internal.email-order-done"])
        let inForce = OrderInForce(order: stop.head.order, sequence: stop.head.sequence, state: "stopped")
        let answer = OrderAnswer(order: stop.head.order, inForce: inForce, epoch: 7, number: 1024)
        #expect(try effects.done == EmailOrderDone(answer: answer, topic: "email.stop"))

        let stale = EmailOrder.next(.stop(false), on: state, epoch: 4)
        effects = try handlers.decide(EmailOrderHandler.self, stale.json, on: &state, peerEpochs: [.consent: 5])
        #expect(effects.types == ["internal.email-order-done"] && state.isStopped)
        #expect(try effects.done?.answer.inForce == inForce)
        #expect(try effects.done?.answer.order == stale.head.order)
    }

    @Test("O10 the facts of lists; a list that the configuration dropped is answered and left, not subscribed to")
    func lists() throws {
        var state = contact(.none)
        state.lists = ["old"]
        let expected: [(EmailOrder.Choice, [String])] = [
            (.list("news", isSubscribed: true), ["list.subscribed"]), (.list("old", isSubscribed: true), []),
            (.list("older", isSubscribed: true), []), (.list("old", isSubscribed: false), ["list.left"]),
            (.list("news", isSubscribed: false), ["list.left"]),
        ]
        for (choice, facts) in expected {
            let order = EmailOrder.next(choice, on: state)
            let effects = try handlers.decide(EmailOrderHandler.self, order.json, on: &state)
            #expect(effects.types == facts + ["internal.email-order-done"])
        }
        #expect(state.lists == [])
    }

    @Test("O2 the page's request for mails orders the double-opt-in mail to the address known here")
    func mail() throws {
        var state = contact(.optOutContact)
        let order = EmailOrder.next(.marketing(true), on: state)
        let effects = try handlers.decide(EmailOrderHandler.self, order.json, on: &state)
        #expect(effects.types == ["internal.mail", "internal.email-order-done"])
        guard case .order(_, _, let data)? = effects.first else { return }
        let mail = try MailOrder(reading: try Reader(data, at: "/data"))
        let confirmation = try #require(state.confirmations.first?.id)
        #expect(mail.kind == .doubleOptIn(confirmation: confirmation) && mail.addressHash == "hash")
    }
}

extension [Effect] {
    /// Types of the facts and orders.
    fileprivate var types: [String] {
        compactMap { effect in
            switch effect {
            case .fact(let type, _), .order(let type, subject: _, _): type
            default: nil
            }
        }
    }

    fileprivate var done: EmailOrderDone? {
        get throws {
            for case .order(EmailOrderDone.type, subject: _, let data) in self {
                return try EmailOrderDone(reading: try Reader(data, at: "/data"))
            }
            return nil
        }
    }
}
