import FoundationEssentials
import Models
import OptInDomain
import Testing

/// The two ways in which a stopped contact stands: opted out, and unconfirmed after a form.
enum StoppedStatus: String, CaseIterable, Sendable {
    case optedOut, unconfirmed

    var contact: OptIn {
        var state = OptInTests.contact(.doubleOptIn, confirmation: UUID())
        state.lists = ["news"]
        _ = state.take(.stop(true))
        if self == .unconfirmed { _ = try? state.submit(.ticked(), addressHash: "hash", cause: "f", .at(now)) }
        state.newChanges = []
        return state
    }

    var status: OptInStatus { self == .optedOut ? .optOutContact : .singleOptInWebform }
}

/// Written from C4 and the contract, apart from the machine.
private func expectation(_ stopped: StoppedStatus, _ happening: Happening) -> Outcome {
    switch happening {
    case .tickedForm: Outcome(status: .singleOptInWebform)
    case .untickedForm, .mailReceived, .subscribeOrder, .leaveOrder, .inOrder, .invitation, .resumeOrder:
        Outcome(status: stopped.status)
    case .confirmation, .decline: Outcome(status: stopped.status, refusal: .conflict)
    case .newAddress, .sameAddress, .optedOutAddress, .userOptIn, .userOptOut, .userNone, .list:
        Outcome(status: stopped.status, refusal: .locked)
    case .oneClick, .addressOptedOut, .outOrder, .stopOrder: Outcome(status: .optOutContact)
    }
}

@Suite struct StoppedTests {
    @Test(
        "C4 every event on a stopped contact: users change nothing, and until the end of the stop no mail is asked for",
        arguments: StoppedStatus.allCases, Happening.allCases)
    func transition(from stopped: StoppedStatus, on happening: Happening) throws {
        var state = stopped.contact
        #expect(state.status == stopped.status && state.isStopped)
        var consequences: [OptIn.Consequence] = []
        var refusal: Refusal.Code?
        do throws(Refusal) {
            consequences = try happening.occur(to: &state, link: UUID())
        } catch {
            refusal = error.code
        }
        let outcome = Outcome(status: state.status, isMailed: consequences.mails > 0, refusal: refusal)
        #expect(outcome == expectation(stopped, happening))
        #expect(state.isStopped == (happening != .resumeOrder))
        #expect(!state.confirmations.contains { $0.state == .pending })
        // A form's mail is due once the stop has ended.
        #expect((state.mailDueAt != nil) == (happening == .resumeOrder && stopped == .unconfirmed))
        #expect((state.heldOptOut == .optOutContact) == (state.status == .singleOptInWebform))
        #expect(
            state.lists
                == (happening == .leaveOrder ? [] : happening == .subscribeOrder ? ["events", "news"] : ["news"]))
    }

    @Test("C4 a stopped contact gets replies only, whatever the policy", arguments: StoppedStatus.allCases)
    func gate(stopped: StoppedStatus) {
        let state = stopped.contact
        let recipient = Recipient(
            status: state.status, isUnconfirmed: state.heldOptOut != nil, isStopped: state.isStopped, lists: ["news"])
        for policy in SendPolicy.allCases {
            for category in MailCategory.allCases {
                for list in [nil, "news", "events"] {
                    let reason = refusalToSend(category, to: recipient, list: list, answers: true, policy: policy)
                    #expect(reason == (category == .reply ? nil : "stopped"))
                }
            }
            #expect(
                refusalToSend(.reply, to: recipient, list: nil, answers: false, policy: policy) == "no-conversation")
        }
    }

    @Test("O4, C4 nobody invites a stopped contact", arguments: StoppedStatus.allCases)
    func invitation(stopped: StoppedStatus) {
        var state = stopped.contact
        #expect(state.invite(.at(now)).refusal == "stopped")
        _ = state.take(.stop(false))
        #expect(state.invite(.at(now)).refusal == "opt-out-contact")
    }

    @Test("C4, O10 a user can take a stopped contact off a list, not put on one")
    func lists() throws {
        var state = StoppedStatus.optedOut.contact
        #expect(throws: Refusal(.locked, "the contact has stopped the use of their data")) {
            try state.subscribe(to: "events")
        }
        let consequences = try state.leave("news")
        #expect(consequences == [.left(list: "news")])
    }

    @Test("C4, O7 of a form on a stopped contact the box counts, its lists do not, and its mail goes after the stop")
    func form() throws {
        var state = StoppedStatus.optedOut.contact
        let consequences = try state.submit(.ticked(lists: ["events"]), addressHash: "hash", cause: "f", .at(now))
        #expect(consequences.changes.map(\.to) == [.singleOptInWebform] && consequences.count == 1)
        #expect(state.waitingLists == [] && state.lists == ["news"] && state.mailDueAt == nil)
        #expect(state.take(.stop(false)) == [])
        #expect(!state.isStopped && state.heldOptOut == .optOutContact, "the opt-out stays")
        let due = try #require(state.mailDueAt)
        let link = UUID()
        #expect(state.mailIsDue(at: due, .at(now, id: link)).mails == 1)
        #expect(state.mailDueAt == nil)
        state.mailed(link)
        _ = try state.confirm(link)
        #expect(state.status == .doubleOptIn && state.lists == ["news"])
    }

    @Test("C4, O12 the vault's decision on a message that a stopped contact was refused counts at once")
    func refusedAddress() throws {
        var state = StoppedStatus.optedOut.contact
        #expect(throws: Refusal.self) { try state.update(AddressHashes(newest: "other"), cause: "m", at: now) }
        // The vault took the message before the stop reached it.
        let consequences = state.follow(addressHash: "other", cause: "m", at: now)
        #expect(state.address.current == "other" && consequences == [.addressChanged] && state.status == .optOutContact)
        // Another that it refused changes nothing.
        _ = state.follow(addressHash: "other", cause: "n", at: now)
        #expect(state.address.current == "other")
    }

    @Test("C4, O12 a decision before its message counts again with the message, once the stop has ended")
    func earlyDecision() throws {
        var state = StoppedStatus.optedOut.contact
        _ = state.follow(addressHash: "other", cause: "m", at: now)
        _ = state.take(.stop(false))
        _ = try state.update(AddressHashes(newest: "third"), cause: "m", at: now)
        #expect(state.address == AddressTrack(current: "other"), "the vault refused the message's address")
    }

    @Test("C4 a stop that comes before the contact holds, and for the address too")
    func beforeTheContact() throws {
        var state = OptIn()
        #expect(state.take(.stop(true)).changes.map(\.reason) == [.stopProcessing])
        #expect(!state.exists && state.status == .optOutContact)
        let created = try state.update(AddressHashes(newest: "hash"), cause: "c", at: now + .seconds(60))
        #expect(created == [] && state.exists && state.isStopped && state.since == now)
        #expect(state.shared["hash"]?.isOptedOut == true && state.shared["hash"]?.optOutCount == 1)
        #expect(state.catchUp(at: now) == [], "its own opt-out is no news")
        var other = OptIn()
        other.shared = state.shared
        _ = other.name(addressHash: "hash", cause: "o", at: now)
        #expect(other.status == .optOutContact)
    }

    @Test("C4, O7 a form that creates a contact who was stopped before is unconfirmed")
    func formOfUnknown() throws {
        var state = OptIn()
        _ = state.take(.stop(true))
        let consequences = try state.submit(.ticked(lists: ["news"]), addressHash: "hash", cause: "f", .at(now))
        #expect(state.status == .singleOptInWebform && state.heldOptOut == .optOutContact && state.lists == [])
        #expect(consequences.mails == 0)
    }
}
