import FoundationEssentials
import Models
import OptInDomain
import Testing

private let choices: [EmailOrder.Choice] = [
    .marketing(true), .marketing(false), .stop(true), .stop(false), .list("news", isSubscribed: true),
    .list("news", isSubscribed: false),
]

/// What the contact decides on the page, as orders of the consent service.
@Suite struct EmailOrderTests {
    @Test("O7, O13 an opt-out on the page keeps the text and from where it was confirmed, and whether it is suspect")
    func evidence() throws {
        var state = contact(.doubleOptIn)
        let out = EmailOrder.next(.marketing(false), on: state, text: "No more mails", isSuspect: true)
        let changes = state.take(out, known: [], since: 0, .at(now)).changes
        let evidence = Change.Evidence(
            text: "No more mails", remoteAddress: "192.0.2.1", userAgent: "Browser", isSuspect: true)
        #expect(
            changes == [
                Change(
                    from: .doubleOptIn, to: .optOutContact, at: now, by: .contact, reason: .page, evidence: evidence)
            ])
        state = contact(.singleOptInUser)
        let stop = EmailOrder.next(.stop(true), on: state, text: "Stop")
        let stopped = state.take(stop, known: [], since: 0, .at(now)).changes
        #expect(stopped.map(\.reason) == [.stopProcessing] && stopped.map(\.by) == [.contact])
        #expect(stopped.map(\.evidence.text) == ["Stop"])
    }

    @Test(
        "O7 an opt-out on the page, and a stop, hold for the address",
        arguments: [EmailOrder.Choice.marketing(false), .stop(true)])
    func address(choice: EmailOrder.Choice) {
        var one = contact(.doubleOptIn)
        _ = one.take(choice)
        var other = contact(.doubleOptIn)
        other.shared = one.shared
        #expect(other.catchUp(at: now).changes.map(\.reason) == [.addressOptedOut])
        #expect(!other.isStopped, "a stop is the contact's own")
        // Ordered anew, it is not spread again.
        let before = one.shared
        _ = one.take(choice)
        #expect(one.shared == before && one.newChanges.count == 1)
    }

    @Test(
        "X5 an order that comes again, an older one, one behind another, one of a lost history change nothing",
        arguments: choices)
    func ignored(choice: EmailOrder.Choice) throws {
        var state = contact(.singleOptInUser)
        state.lists = ["events"]
        let first = EmailOrder.next(choice, on: state, sequence: 2048, epoch: 7)
        _ = state.take(first, known: ["news"], since: 7, .at(now))
        let (topic, inForce) = (choice.topic, state.inForce(choice.topic))
        #expect(inForce == OrderInForce(order: first.head.order, sequence: 2048, state: choice.state))
        let before = state
        let opposite = try #require(choices.first { $0.topic == topic && $0 != choice })
        let ignored = [
            first, .next(opposite, on: state, sequence: 2048), .next(opposite, on: state, sequence: 1),
            .next(opposite, on: state, follows: UUID(), epoch: 7), .next(opposite, on: state, epoch: 6),
        ]
        for order in ignored { #expect(state.take(order, known: ["news"], since: 7, .at(now)) == []) }
        #expect(state == before)
        _ = state.take(.next(opposite, on: state, epoch: 7), known: ["news"], since: 7, .at(now))
        #expect(state.inForce(topic).state == opposite.state)
    }

    @Test("X5 an order that was carried out gets its newer number, and what was decided since then holds")
    func renumbered() throws {
        var state = contact(.doubleOptIn)
        let id = UUID()
        _ = state.take(.next(.marketing(false), on: state, id: id), known: [], since: 0, .at(now))
        let link = UUID()
        _ = state.take(.marketing(true), .at(now, id: link))
        state.mailed(link)
        _ = try state.confirm(link)
        let again = state.inForce("email.marketing").order
        // The order in force, that for mails, comes again: no second mail, and no opt-out.
        let before = state.status
        let repeated = EmailOrder.next(.marketing(true), on: state, id: try #require(again), sequence: 9999)
        #expect(state.take(repeated, known: [], since: 0, .at(now)) == [])
        #expect(state.inForce("email.marketing").sequence == 9999 && state.status == before)

        var out = contact(.doubleOptIn)
        _ = out.take(.next(.marketing(false), on: out, id: id), known: [], since: 0, .at(now))
        _ = try out.submit(.ticked(), addressHash: "hash", cause: "f", .at(now, id: link))
        out.mailed(link)
        _ = try out.confirm(link)
        #expect(out.take(.next(.marketing(false), on: out, id: id), known: [], since: 0, .at(now)) == [])
        #expect(out.status == .doubleOptIn, "the contact confirmed after the order was carried out")
    }

    @Test("O10 lists are subscribed to and left one by one; one that the configuration dropped can only be left")
    func lists() {
        var state = contact(.none)
        state.lists = ["gone"]
        #expect(state.take(.list("news", isSubscribed: true)) == [.subscribed(list: "news")])
        #expect(state.take(.list("news", isSubscribed: true)) == [], "on it already")
        #expect(state.take(.list("old", isSubscribed: true)) == [])
        #expect(state.inForce("list.old").state == "subscribed", "answered all the same")
        #expect(state.take(.list("gone", isSubscribed: false)) == [.left(list: "gone")])
        #expect(state.lists == ["news"] && state.status == .none)
    }

    @Test("O10 a list that the contact left is not subscribed to by an older confirmation")
    func leftWhilePending() throws {
        let link = UUID()
        var state = contact(.singleOptInWebform, confirmation: link)
        state.waitingLists = ["events"]
        _ = state.take(.list("events", isSubscribed: false))
        #expect(state.waitingLists == [])
        _ = try state.confirm(link)
        #expect(state.lists == [])
    }

    @Test(
        "O7 asked for on the page, mails change nothing until the double-opt-in mail is confirmed, after an opt-out too",
        arguments: OptInStatus.allCases)
    func askingForMails(status: OptInStatus) throws {
        let link = UUID()
        var state = contact(status)
        state.shared = ["hash": AddressRecord(optOutCount: 1, isOptedOut: status == .optOutContact)]
        state.optOutSeen = 1
        let consequences = state.take(.marketing(true), .at(now, id: link))
        #expect(consequences == (status == .doubleOptIn ? [] : [.mail(confirmation: link)]))
        #expect(state.status == status && state.newChanges == [] && state.heldOptOut == nil)
        guard status != .doubleOptIn else { return }
        state.mailed(link)
        let changes = try state.confirm(link).changes
        #expect(changes.map(\.reason) == [.confirmed] && state.status == .doubleOptIn)
        #expect(state.shared["hash"]?.isOptedOut == false)
    }

    @Test(
        "O4 the limit holds the page's mail back as a form's, and it goes when the time is over",
        arguments: [OptInStatus.optOutContact, .optOutUser, .none])
    func limit(status: OptInStatus) throws {
        var state = contact(status)
        state.shared = ["hash": AddressRecord(mailedAt: now, mailedFor: "c-2")]
        #expect(state.take(.marketing(true), .at(now + .seconds(60))) == [])
        let due = try #require(state.mailDueAt)
        #expect(due == now + day && state.status == status)
        let link = UUID()
        #expect(state.mailIsDue(at: due, .at(due, id: link)) == [.mail(confirmation: link)])
        #expect(state.status == status)
        state.mailed(link)
        _ = try state.confirm(link, at: due)
        #expect(state.status == .doubleOptIn)
    }

    @Test(
        "O4 the page's mail that was held back is not wanted any more after an opt-out or a stop",
        arguments: [Happening.oneClick, .outOrder, .stopOrder, .addressOptedOut, .newAddress, .userOptOut])
    func notWanted(happening: Happening) throws {
        var state = contact(.none)
        state.shared = ["hash": AddressRecord(mailedAt: now, mailedFor: "c-2")]
        _ = state.take(.marketing(true))
        #expect(state.mailDueAt != nil)
        _ = try happening.occur(to: &state, link: UUID())
        #expect(state.mailDueAt == nil)
    }

    @Test(
        "O7, O11 an opt-out ends the mail that an opted-out contact asked for, and is spread once",
        arguments: [Happening.oneClick, .outOrder, .stopOrder])
    func secondThoughts(happening: Happening) throws {
        let link = UUID()
        var state = contact(.doubleOptIn)
        _ = try state.unsubscribe()
        let spread = state.shared["hash"]?.optOutCount
        _ = state.take(.marketing(true), .at(now, id: link))
        let consequences = try happening.occur(to: &state, link: link)
        #expect(consequences == [] && state.shared["hash"]?.optOutCount == spread)
        #expect(throws: Refusal(.conflict, "the link was used or ended before")) { try state.confirm(link) }
        let again = state.take(.marketing(true), .at(now + .seconds(1)))
        #expect(again == [], "O4 the mail that was not answered still counts")
    }

    @Test("O4 the mail that the page asked for can be declined")
    func declined() throws {
        let link = UUID()
        var state = contact(.optOutUser)
        _ = state.take(.marketing(true), .at(now, id: link))
        let changes = try state.decline(link).changes
        #expect(changes.map(\.to) == [.optOutContact] && changes.map(\.reason) == [.declined])
    }
}

/// What opt-in takes over from consent after it lost its last commits (X5).
@Suite struct RecalledOrderTests {
    private func recalled(_ choice: EmailOrder.Choice, _ sequence: Int64 = 512) -> OrderInForce {
        OrderInForce(order: UUID(), sequence: sequence, state: choice.state)
    }

    @Test(
        "X5 a lost stop, opt-out or leaving holds again, a lost subscription does not", arguments: choices,
        OptInStatus.allCases)
    func stricter(choice: EmailOrder.Choice, status: OptInStatus) {
        var state = contact(status, confirmation: UUID())
        state.lists = ["news"]
        if choice == .list("news", isSubscribed: true) { state.lists = [] }
        let before = state
        let order = recalled(choice)
        let consequences = state.recall(order, of: choice, at: now)
        switch choice {
        case .marketing(true), .list(_, true):
            #expect(consequences == [] && state == before)
        case .list(_, false): #expect(consequences == [.left(list: "news")] && state.status == status)
        case .stop(false): #expect(consequences == [] && !state.isStopped)
        case .marketing(false), .stop(true):
            #expect(state.status == .optOutContact && state.isStopped == (choice == .stop(true)))
            #expect(consequences.changes.map(\.reason) == (status == .optOutContact ? [] : [.recovered]))
            #expect(consequences.changes.allSatisfy { $0.by == .suite })
            #expect((state.shared["hash"]?.isOptedOut == true) == (status != .optOutContact))
        }
        #expect(state.recall(order, of: choice, at: now) == [], "once")
    }

    @Test("X5 what is recalled counts only where it is newer")
    func older() {
        var state = contact(.doubleOptIn)
        _ = state.take(.next(.marketing(true), on: state, sequence: 1024), known: [], since: 0, .at(now))
        let before = state
        #expect(state.recall(recalled(.marketing(false), 512), of: .marketing(false), at: now) == [])
        #expect(state.recall(recalled(.marketing(false), 1024), of: .marketing(false), at: now) == [])
        #expect(state == before)
        _ = state.recall(recalled(.marketing(false), 1280), of: .marketing(false), at: now)
        #expect(state.status == .optOutContact)
    }

    @Test("X5 an order that was carried out here before only gets its newer number")
    func renumbered() {
        var state = contact(.doubleOptIn)
        let out = EmailOrder.next(.marketing(false), on: state)
        _ = state.take(out, known: [], since: 0, .at(now))
        state.status = .doubleOptIn
        let again = OrderInForce(order: out.head.order, sequence: 9999, state: "out")
        #expect(state.recall(again, of: .marketing(false), at: now) == [])
        #expect(state.status == .doubleOptIn && state.inForce("email.marketing") == again)
    }

    @Test("X5, C4 a lost end of a stop is restored: the services must agree on who is stopped")
    func resumed() {
        var state = StoppedStatus.unconfirmed.contact
        _ = state.recall(recalled(.stop(false), 4096), of: .stop(false), at: now)
        #expect(!state.isStopped && state.heldOptOut == .optOutContact && state.mailDueAt == now)
    }

    @Test("X5, C4 after a stop was taken over, its own order changes nothing and settles, and the next one follows it")
    func settles() {
        var state = contact(.doubleOptIn, confirmation: UUID())
        let stop = EmailOrder.next(.stop(true), on: state)
        let underWay = OrderInForce(order: stop.head.order, sequence: stop.head.sequence, state: "stopped")
        _ = state.recall(underWay, of: .stop(true), at: now)
        let before = state
        #expect(state.take(stop, known: [], since: 0, .at(now)) == [] && state == before)
        #expect(state.inForce("email.stop") == underWay)
        _ = state.take(.stop(false))
        #expect(!state.isStopped && state.status == .optOutContact)
    }
}
