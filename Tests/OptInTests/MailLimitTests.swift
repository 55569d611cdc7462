import FoundationEssentials
import Models
import OptInDomain
import Testing

@Suite struct MailLimitTests {
    @Test("O4 a second form within 24 hours sends no second mail, an answered mail no longer counts")
    func perContact() throws {
        var state = OptIn()
        let first = try form(&state, at: now)
        let again = try form(&state, at: now + .seconds(86_399))
        let later = try form(&state, at: now + day)
        #expect([first.mails, again.mails, later.mails] == [1, 0, 1])
        _ = try state.unsubscribe(at: now + .seconds(86_401))
        let afterOptOut = try form(&state, at: now + .seconds(86_402))
        #expect(afterOptOut.mails == 1)
    }

    @Test("O4 the limit holds for the address whichever contact it is for, and ends when that mail is answered")
    func perAddress() throws {
        var one = OptIn()
        let link = UUID()
        _ = try one.submit(.ticked(), addressHash: "hash", cause: "1", .at(now, id: link))
        var other = OptIn()
        other.shared = one.shared
        #expect(try other.submit(.ticked(), addressHash: "hash", cause: "2", .at(now, contact: "c-2")).mails == 0)
        #expect(other.status == .singleOptInWebform)
        #expect(other.mailDueAt == now + day)
        #expect(other.invite(.at(now + .seconds(1), contact: "c-2")).refusal == "recently-sent")

        one.mailed(link)
        _ = try one.confirm(link)
        other.shared = one.shared
        #expect(other.invite(.at(now + .seconds(1), contact: "c-2")).refusal == nil)
    }

    @Test("O4 a mail that another contact's reader answered does not free the address's limit")
    func answeredByAnother() throws {
        var one = OptIn()
        _ = try form(&one, at: now)
        var other = contact(.doubleOptIn)
        other.shared = one.shared
        _ = try other.unsubscribe(evidence: Change.Evidence(), .at(now, contact: "c-2"))
        #expect(other.shared["hash"]?.mailedFor == "c-1")
        #expect(other.shared["hash"]?.mailedAt == now)
    }

    @Test("O4 a changed address does not free the contact's limit")
    func changedAddress() throws {
        var state = OptIn()
        _ = try form(&state, at: now)
        _ = state.name(addressHash: "other", cause: "n", at: now)
        #expect(state.invite(.at(now + .seconds(1))).refusal == "recently-sent")
        #expect(state.invite(.at(now + day)).refusal == nil)
    }

    @Test("O4 a form that the limit holds back sends its mail when the time is over, with its lists")
    func heldBack() throws {
        var state = OptIn()
        _ = try form(&state, at: now)
        state.confirmations[0].lists = ["news"]
        _ = try state.submit(
            .ticked(lists: ["events"]), addressHash: "hash", cause: "2", .at(now + .seconds(60)))
        #expect(state.mailDueAt == now + day)
        #expect(
            state.confirmations.last?.lists == ["events", "news"], "the pending link stands for what was asked since")
        #expect(state.mailIsDue(at: now + .seconds(86_399), .at(now + day)) == [], "another time's notice is stale")
        // The reminder's clock is ahead of this one: the mail goes no earlier, and what it saw is not lost.
        #expect(state.mailIsDue(at: now + day, .at(now + day - .milliseconds(300))) == [])
        #expect(state.mailDueAt == now + day + .seconds(10), "another time, so that it is another reminder")
        let due = state.mailIsDue(at: now + day + .seconds(10), .at(now + day + .seconds(10)))
        #expect(due.mails == 1)
        #expect(state.confirmations.last?.lists == ["events", "news"], "the newest link stands for all")
        #expect(state.mailDueAt == nil)
        #expect(state.mailIsDue(at: now + day, .at(now + day + day)) == [])
    }

    @Test("O4 a mail held back is not wanted any more after an answer, an opt-out, a new address", arguments: 0..<5)
    func notWanted(what: Int) throws {
        var state = OptIn()
        let link = UUID()
        _ = try state.submit(.ticked(), addressHash: "hash", cause: "1", .at(now, id: link))
        state.mailed(link)
        _ = try form(&state, at: now + .seconds(60))
        #expect(state.mailDueAt != nil)
        switch what {
        case 0: _ = try state.confirm(link)
        case 1: _ = try state.decline(link)
        case 2: _ = try state.unsubscribe()
        case 3: _ = try state.set(.optOutUser, .user, user: "u", at: now)
        default: _ = state.name(addressHash: "other", cause: "n", at: now)
        }
        #expect(state.mailDueAt == nil)
        #expect(state.mailIsDue(at: now + day, .at(now + day)) == [])
    }

    @Test("O4 however many forms come, pending links stay few")
    func pendingLimit() throws {
        var state = OptIn()
        for number in 0..<20 {
            let form = OptIn.Form(isTicked: true, lists: ["l\(number)"], evidence: Change.Evidence())
            _ = try state.submit(form, addressHash: "hash", cause: "\(number)", .at(now + .seconds(90_000 * number)))
        }
        #expect(state.confirmations.count { $0.state == .pending } <= 8)
    }

    private func form(_ state: inout OptIn, at time: Timestamp) throws -> [OptIn.Consequence] {
        try state.submit(.ticked(), addressHash: "hash", cause: "\(time.microseconds)", .at(time))
    }
}
