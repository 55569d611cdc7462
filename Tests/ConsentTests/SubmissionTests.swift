import ConsentDomain
import FoundationEssentials
import Models
import Testing

private let now = Timestamp(microseconds: 1_800_000_000_000_000)
private let tracking = DeclaredConsent(name: "tracking", version: "1", isGrantedByDefault: false, field: nil)
private let card = DeclaredConsent(name: "card", version: "1", isGrantedByDefault: false, field: "creditCard")

private func rules(
    _ consents: [DeclaredConsent] = [tracking, card], atOnce: Bool = false, audience: Condition? = nil
) -> PageRules {
    PageRules(audience: audience, consents: consents, lists: ["news"], withdrawsAtOnce: atOnce)
}

private func act(at time: Timestamp = now, _ number: Int64 = 1) -> PageAct {
    PageAct(
        evidence: Evidence(text: "I agree"),
        request: KeptRequest(id: UUID(), source: "/assent/consent", type: PageForm.type, replies: []),
        stamp: OrderBook.Stamp(number: number, epoch: 0), at: time, newID: { UUID() })
}

private func person() -> ConsentContact {
    var contact = ConsentContact(exists: true, locale: nil, attributes: [:])
    contact.numbering = DecisionCounter(partition: 3, next: 1)
    return contact
}

private func form(_ changes: PageChange..., id: UUID = UUID(), hasNonce: Bool = true) -> PageForm {
    PageForm(
        id: id, action: .change,
        wanted: changes.map { change in
            if case .consent = change { return PageForm.Wanted(change, version: "1") }
            return PageForm.Wanted(change)
        }, hasNonce: hasNonce, language: "en", evidence: .none)
}

private let human = ButtonPress(isEarly: false, hasNonce: true, code: .none)
private let scanner = ButtonPress(isEarly: true, hasNonce: true, code: .none)
private let grant = PageChange.consent("tracking", isGranted: true)
private let revoke = PageChange.consent("tracking", isGranted: false)

/// What is done with a submission in a test.
private enum Event: String, CaseIterable {
    case confirm, decline, scannerConfirms, scannerDeclines, rightCode, wrongCode, cancel, otherConfirmed, expiry
}

@Suite("What contacts ask for on their page")
struct SubmissionTests {
    /// The state after an event; nil: the event is refused and changes nothing.
    private static let table: [(from: Submission.State, event: Event, to: Submission.State?)] =
        [
            (.pending, .confirm, .confirmed), (.pending, .decline, .declined), (.pending, .scannerConfirms, .pending),
            (.pending, .scannerDeclines, .pending), (.pending, .rightCode, .confirmed),
            (.pending, .wrongCode, .pending),
            (.pending, .cancel, .superseded), (.pending, .otherConfirmed, .superseded), (.pending, .expiry, nil),
        ]
        + [Submission.State.confirmed, .declined, .superseded, .spent].flatMap { state in
            Event.allCases.map { event in
                (state, event, event == .cancel || event == .otherConfirmed ? state : nil)
            }
        }

    @Test("P6 every event in every state of a pending change", arguments: table.indices)
    private func states(_ index: Int) throws {
        let (from, event, to) = Self.table[index]
        let submission = Submission(
            id: UUID(), kind: .confirm, createdAt: now, expiresAt: now + .seconds(600),
            wanted: [PageForm.Wanted(grant, version: "1")], state: from, mailedAt: now)
        var contact = ConsentContact(
            exists: true, locale: nil, attributes: [:], page: PageState(submissions: [submission]))
        contact.numbering = DecisionCounter(partition: 3, next: 1)
        let before = contact
        func press(_ action: ConfirmOrder.Action, _ press: ButtonPress, at time: Timestamp = now) throws(Refusal) {
            _ = try contact.press(submission.id, action, press, rules(), by: act(at: time))
        }
        var isRefused = false
        do throws(Refusal) {
            switch event {
            case .confirm: try press(.confirm, human)
            case .decline: try press(.decline, human)
            case .scannerConfirms: try press(.confirm, scanner)
            case .scannerDeclines: try press(.decline, scanner)
            case .rightCode: try press(.confirm, ButtonPress(isEarly: true, hasNonce: false, code: .right))
            case .wrongCode: try press(.confirm, ButtonPress(isEarly: false, hasNonce: true, code: .wrong))
            case .cancel:
                let cancel = PageForm(
                    id: UUID(), action: .cancel, wanted: [], hasNonce: true, language: "en", evidence: .none)
                _ = try contact.submit(cancel, rules(), by: act())
            case .otherConfirmed:
                let other = form(revoke)
                _ = try contact.submit(other, rules(), by: act())
                _ = try contact.press(other.id, .confirm, human, rules(), by: act())
            case .expiry: try press(.confirm, human, at: now + .seconds(601))
            }
        } catch {
            isRefused = true
        }
        #expect(isRefused == (to == nil))
        #expect(contact.submissions.first?.state == to ?? from)
        if to == nil { #expect(contact == before) }
        let isDecided = contact.decisions["tracking"] != nil
        #expect(isDecided == (to == .confirmed && from == .pending || event == .otherConfirmed))
    }

    @Test("P6 the fifth wrong code ends the link, typing errors do not count")
    func wrongCodes() throws {
        var contact = person()
        let form = form(grant)
        _ = try contact.submit(form, rules(), by: act())
        func press(_ code: ButtonPress.Code) throws -> ConfirmOutcome {
            try contact.press(
                form.id, .confirm, ButtonPress(isEarly: false, hasNonce: true, code: code), rules(), by: act()
            ).0
        }
        for _ in 0..<9 { #expect(try press(.unreadable) == .wrongCode) }
        for _ in 0..<4 { #expect(try press(.wrong) == .wrongCode) }
        #expect(try press(.wrong) == .spent)
        #expect(throws: Refusal.self) { _ = try press(.right) }
        #expect(contact.decisions.isEmpty)
    }

    @Test("P6 a scanner's press suffices to unsubscribe or to leave a list, and for nothing else")
    func scannerPresses() throws {
        let changes: [PageChange] = [
            grant, revoke, .list("news", isSubscribed: true), .list("news", isSubscribed: false), .marketing(false),
            .stop, .erase, .access, .endLinks,
        ]
        for change in changes {
            var contact = person()
            let form = form(change)
            _ = try contact.submit(form, rules(), by: act())
            let (outcome, step) = try contact.press(form.id, .confirm, scanner, rules(), by: act())
            let suffices = change == .marketing(false) || change == .list("news", isSubscribed: false)
            #expect(outcome == (suffices ? .confirmed : .codeWanted), "\(change)")
            #expect(step.orders.isEmpty != suffices, "\(change)")
        }
    }

    @Test("The same form again orders no second mail, nor does the same change from another tab within a minute")
    func sameForm() throws {
        var contact = person()
        let first = form(grant)
        #expect(try contact.submit(first, rules(), by: act()).1.mails.count == 1)
        #expect(try contact.submit(first, rules(), by: act()).1.mails.isEmpty)
        #expect(try contact.submit(form(grant), rules(), by: act(at: now + .seconds(59))).1.mails.isEmpty)
        let (outcome, step) = try contact.submit(form(grant), rules(), by: act(at: now + .seconds(60)))
        #expect(outcome == .mailed && step.mails.map(\.id) == [first.id])
        #expect(contact.submissions.count == 1)
    }

    @Test("P6 at most twenty mails a day go to one contact")
    func limit() throws {
        var contact = person()
        for number in 0..<20 {
            let change = PageChange.list("news", isSubscribed: number % 2 == 0)
            let time = now + .seconds(Int64(number * 61))
            #expect(try contact.submit(form(change), rules(), by: act(at: time)).0 == .mailed)
        }
        #expect(try contact.submit(form(grant), rules(), by: act(at: now + .seconds(2000))).0 == .tooMany)
        #expect(try contact.submit(form(grant), rules(), by: act(at: now + .seconds(90_000))).0 == .mailed)
    }

    @Test("P2, P5 what the page does not offer is not taken")
    func offered() throws {
        let hidden = DeclaredConsent(
            name: "tracking", version: "1", isGrantedByDefault: false, field: nil,
            shown: .leaf(.profile("stage"), .is("ready")))
        let fixed = DeclaredConsent(
            name: "tracking", version: "1", isGrantedByDefault: false, field: nil, isEditable: false)
        let outside = rules(audience: .leaf(.profile("region"), .is("EU")))
        for rules in [rules([hidden]), rules([fixed]), rules([]), outside] {
            var contact = person()
            #expect(try contact.submit(form(grant), rules, by: act()).0 == .nothing)
            #expect(contact.submissions.isEmpty)
        }
        for change in [PageChange.stop, .erase, .access] {
            var contact = person()
            #expect(try contact.submit(form(change), outside, by: act()).0 == .nothing, "\(change)")
        }
        var contact = person()
        #expect(try contact.submit(form(.resume), rules(), by: act()).0 == .nothing, "nothing is stopped")
        #expect(try contact.submit(form(.list("other", isSubscribed: true)), rules(), by: act()).0 == .nothing)
        let old = PageForm(
            id: UUID(), action: .change, wanted: [PageForm.Wanted(grant, version: "0")], hasNonce: true,
            language: "en", evidence: .none)
        #expect(try contact.submit(old, rules(), by: act()).0 == .nothing, "C0 another version was shown")
    }

    @Test("C0 a consent that the configuration dropped, or gave a new text, is not granted; withdrawing goes on")
    func changedConfiguration() throws {
        let newer = DeclaredConsent(name: "tracking", version: "2", isGrantedByDefault: false, field: nil)
        for rules in [rules([]), rules([newer])] {
            var contact = person()
            let form = form(grant)
            _ = try contact.submit(form, SubmissionTests.rulesBefore, by: act())
            #expect(throws: Refusal.self) { _ = try contact.press(form.id, .confirm, human, rules, by: act()) }
            #expect(contact.decisions.isEmpty)
        }
        var contact = person()
        let withdrawal = form(revoke)
        _ = try contact.submit(withdrawal, Self.rulesBefore, by: act())
        _ = try contact.press(withdrawal.id, .confirm, human, rules([newer]), by: act())
        #expect(contact.decisions["tracking"]?.choice == .revoked)
    }

    private static let rulesBefore = rules()

    @Test("P6a withdrawals count at once and get a link that undoes them, save what cannot be undone")
    func atOnce() throws {
        let atOnce = rules(atOnce: true)
        var contact = person()
        let (outcome, step) = try contact.submit(
            form(revoke, .consent("card", isGranted: false)), atOnce, by: act())
        #expect(outcome == .doneAndMailed && step.withdraws)
        #expect(contact.decisions["tracking"]?.choice == .revoked, "counts")
        #expect(contact.decisions["card"] == nil, "clearing a value is confirmed all the same")
        let undo = try #require(contact.submissions.first { $0.kind == .undo })
        #expect(undo.wanted.map(\.change) == [grant])
        // The page cannot end the undo link, which another may hold.
        let cancel = PageForm(id: UUID(), action: .cancel, wanted: [], hasNonce: true, language: "en", evidence: .none)
        #expect(try contact.submit(cancel, atOnce, by: act()).0 == .nothing)
        _ = try contact.press(undo.id, .confirm, human, atOnce, by: act())
        #expect(contact.decisions["tracking"]?.choice == .granted)
        var other = person()
        #expect(try other.submit(form(revoke, hasNonce: false), atOnce, by: act()).0 == .mailed, "a scanner's form")
        #expect(other.decisions.isEmpty)
    }

    @Test("C4 a stop is told and answered once the vault and opt-in have carried it out, in either order")
    func stopping() throws {
        for first in [0, 1] {
            var contact = person()
            let form = form(.stop)
            _ = try contact.submit(form, rules(), by: act())
            let (_, step) = try contact.press(form.id, .confirm, human, rules(), by: act())
            #expect(contact.processing == .stopped && step.orders.count == 2 && step.isWaiting && step.withdraws)
            var settlements: [Settlement] = []
            for order in first == 0 ? step.orders : step.orders.reversed() {
                let inForce = OrderInForce(order: order.id, sequence: order.sequence, state: "x")
                let answer = OrderAnswer(order: order.id, inForce: inForce, epoch: 0, number: 1)
                let taken = contact.take(answer, on: order.topic, since: 0, as: OrderBook.Stamp(number: 9, epoch: 0))
                guard case .settled(let settled, nil) = taken else {
                    Issue.record("\(taken)")
                    return
                }
                settlements.append(contact.settlement(of: settled))
            }
            #expect(settlements[0].told == nil && settlements[0].answer == nil)
            #expect(settlements[1].told == .processing(.stopped) && settlements[1].afterLeases)
            #expect(settlements[1].answer == ConfirmOutcome.confirmed.json)
        }
    }

    @Test("C4 a user resumes only after the contact was told; a notice that cannot be sent changes nothing")
    func resumedByUser() throws {
        for isSent in [true, false] {
            var contact = ConsentContact(
                exists: true, locale: nil, attributes: [:], page: PageState(processing: .stopped))
            let step = try contact.resume(rules(), by: act())
            #expect(contact.processing == .stopped && step.isWaiting)
            let row = try #require(step.mails.first?.id)
            let (carriedOut, unchanged) = try contact.mailEnded(row, isSent: isSent, rules(), by: act())
            #expect(contact.processing == (isSent ? .active : .stopped))
            #expect((unchanged == nil) == isSent && carriedOut.orders.isEmpty != isSent)
            let again = try contact.mailEnded(row, isSent: true, rules(), by: act())
            #expect(again.step.orders.isEmpty && again.unchanged == nil)
        }
        var active = person()
        #expect(throws: Refusal.self) { _ = try active.resume(rules(), by: act()) }
    }
}
