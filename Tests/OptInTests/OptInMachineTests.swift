import FoundationEssentials
import Models
import OptInDomain
import Testing

/// Written from O1–O12, apart from the machine.
private func expectation(_ status: OptInStatus, _ happening: Happening) -> Outcome {
    switch (happening, status) {
    case (.tickedForm, .none), (.tickedForm, .optOutUser), (.tickedForm, .optOutContact):
        Outcome(status: .singleOptInWebform, isMailed: true)
    case (.tickedForm, .singleOptInUser), (.tickedForm, .singleOptInWebform): Outcome(status: status, isMailed: true)
    case (.tickedForm, .doubleOptIn): Outcome(status: .doubleOptIn)
    case (.confirmation, _): Outcome(status: .doubleOptIn)
    case (.decline, _), (.oneClick, _), (.addressOptedOut, _), (.optedOutAddress, _), (.outOrder, _), (.stopOrder, _):
        Outcome(status: .optOutContact)
    case (.inOrder, .doubleOptIn): Outcome(status: .doubleOptIn)
    case (.inOrder, _): Outcome(status: status, isMailed: true)
    case (.newAddress, .optOutUser), (.newAddress, .optOutContact): Outcome(status: status)
    case (.newAddress, _): Outcome(status: .none)
    case (.userOptIn, .optOutContact), (.userOptOut, .optOutContact), (.userNone, .optOutContact):
        Outcome(status: .optOutContact, refusal: .optedOut)
    case (.userOptIn, .doubleOptIn): Outcome(status: .doubleOptIn, refusal: .conflict)
    case (.userOptIn, _): Outcome(status: .singleOptInUser)
    case (.userOptOut, _): Outcome(status: .optOutUser)
    case (.userNone, .none), (.userNone, .optOutUser): Outcome(status: .none)
    case (.userNone, _): Outcome(status: status, refusal: .conflict)
    case (.invitation, .none), (.invitation, .singleOptInUser), (.invitation, .singleOptInWebform):
        Outcome(status: status, isMailed: true)
    case (.invitation, _), (.untickedForm, _), (.sameAddress, _), (.list, _), (.mailReceived, _), (.resumeOrder, _),
        (.subscribeOrder, _), (.leaveOrder, _):
        Outcome(status: status)
    }
}

@Suite struct OptInMachineTests {
    @Test(
        "O1 every status × every event goes where the rules say, and under each policy mails go where they may",
        arguments: OptInStatus.allCases, Happening.allCases)
    func transition(from status: OptInStatus, on happening: Happening) throws {
        let expected = expectation(status, happening)
        let link = UUID()
        var state = contact(status, confirmation: happening == .confirmation || happening == .decline ? link : nil)
        var consequences: [OptIn.Consequence] = []
        var refusal: Refusal.Code?
        do throws(Refusal) {
            consequences = try happening.occur(to: &state, link: link)
        } catch {
            refusal = error.code
        }
        #expect(Outcome(status: state.status, isMailed: consequences.mails == 1, refusal: refusal) == expected)
        let changes = consequences.changes
        #expect(changes.last?.to ?? status == expected.status && changes.first?.from ?? status == status)
        #expect(zip(changes, changes.dropFirst()).allSatisfy { $0.to == $1.from } && changes.count <= 2)
        #expect(state.newChanges == consequences.changes)
        try expectGate(state, after: happening, from: status)
    }

    /// O7, O8, O9: who may get what afterwards.
    private func expectGate(_ state: OptIn, after happening: Happening, from status: OptInStatus) throws {
        let isUnconfirmed = happening == .tickedForm && (status == .optOutUser || status == .optOutContact)
        #expect((state.heldOptOut != nil) == isUnconfirmed)
        #expect(state.isStopped == (happening == .stopOrder))
        guard !state.isStopped else { return }
        let recipient = Recipient(status: state.status, isUnconfirmed: state.heldOptOut != nil, lists: state.lists)
        let isOut = state.status == .optOutUser || state.status == .optOutContact
        for policy in SendPolicy.allCases {
            for category in MailCategory.allCases {
                let reason = refusalToSend(category, to: recipient, list: nil, answers: false, policy: policy)
                switch category {
                case .reply: #expect(reason == "no-conversation")
                case .autoresponder, .workflow, .adHoc:
                    #expect(reason == (isUnconfirmed ? "unconfirmed" : isOut ? state.status.rawValue : nil))
                case .campaign:
                    let isEnough =
                        switch policy {
                        case .double: state.status == .doubleOptIn
                        case .doubleOrUser: [.doubleOptIn, .singleOptInUser].contains(state.status)
                        case .any: state.status != .none && !isOut
                        }
                    #expect(reason == (isUnconfirmed ? "unconfirmed" : isEnough ? nil : state.status.rawValue))
                }
            }
        }
    }

    @Test("O5, O6, O13 a user's change keeps who it was")
    func user() throws {
        var state = contact(.none)
        _ = try state.set(.singleOptInUser, .importing, user: "mark", at: now)
        #expect(state.newChanges.map(\.evidence.user) == ["mark"])
        #expect(state.newChanges.map(\.reason) == [.importing])
        #expect(throws: Refusal.self) { try state.set(.optOutContact, .user, user: "mark", at: now) }
    }

    @Test(
        "O7 after a form on an opt-out the contact is unconfirmed until they confirm",
        arguments: [OptInStatus.optOutUser, .optOutContact])
    func formOnOptOut(status: OptInStatus) throws {
        let link = UUID()
        var state = contact(status)
        _ = try state.submit(.ticked(), addressHash: "hash", cause: "m", .at(now, id: link))
        state.mailed(link)
        #expect(state.heldOptOut == status)
        #expect(state.invite(.at(now)).refusal == status.rawValue, "O4 nobody is invited who is opted out")
        _ = try state.confirm(link)
        #expect(state.heldOptOut == nil)
        #expect(state.status == .doubleOptIn)
    }

    @Test("O7 no user undoes the contact's opt-out while a form waits to be confirmed; their own they may")
    func usersAndForms() throws {
        var state = contact(.optOutContact)
        _ = try state.submit(.ticked(), addressHash: "hash", cause: "m", .at(now))
        for status in [OptInStatus.singleOptInUser, .optOutUser, .none] {
            #expect(throws: Refusal.self) { try state.set(status, .user, user: "u", at: now) }
        }
        #expect(state.status == .singleOptInWebform && state.heldOptOut == .optOutContact)
        state = contact(.optOutUser)
        _ = try state.submit(.ticked(), addressHash: "hash", cause: "m", .at(now))
        _ = try state.set(.singleOptInUser, .user, user: "u", at: now)
        #expect(state.status == .singleOptInUser && state.heldOptOut == nil)
    }

    @Test("O12 a new address of an unconfirmed contact brings the opt-out back")
    func newAddressWhileUnconfirmed() throws {
        var state = contact(.optOutContact)
        _ = try state.submit(.ticked(), addressHash: "hash", cause: "m", .at(now))
        _ = state.name(addressHash: "other", cause: "n", at: now)
        #expect(state.status == .optOutContact)
        #expect(state.heldOptOut == nil)
    }

    @Test(
        "O7, O12 links issued before an opt-out or a new address are dead",
        arguments: [
            Happening.oneClick, .decline, .newAddress, .confirmation, .addressOptedOut, .userOptOut, .optedOutAddress,
            .outOrder, .stopOrder,
        ])
    func deadLinks(happening: Happening) throws {
        let old = UUID()
        let other = UUID()
        var state = contact(.singleOptInWebform, confirmation: old)
        state.confirmations.append(Confirmation(id: other, expiresAt: now + .seconds(60), lists: []))
        _ = try happening.occur(to: &state, link: other)
        #expect(throws: Refusal(.conflict, "the link was used or ended before")) { try state.confirm(old) }
    }

    @Test("O10 lists of a form count at once for a new contact, and wait for the confirmation of a known one")
    func lists() throws {
        var new = OptIn()
        _ = try new.submit(.ticked(lists: ["news"]), addressHash: "hash", cause: "1", .at(now))
        #expect(new.lists == ["news"])

        let link = UUID()
        var known = contact(.doubleOptIn)
        let consequences = try known.submit(
            .ticked(lists: ["news"]), addressHash: "hash", cause: "1", .at(now, id: link))
        known.mailed(link)
        #expect(known.lists == [])
        #expect(consequences.mails == 1)
        let confirmed = try known.confirm(link)
        #expect(known.lists == ["news"])
        #expect(confirmed == [.subscribed(list: "news")])
        let left = try known.leave("news")
        let again = try known.leave("news")
        #expect(left == [.left(list: "news")] && again == [])
    }

    @Test("O12 the vault's word on a refused message makes nobody known")
    func refusedStranger() throws {
        var state = OptIn()
        let consequences = state.follow(addressHash: nil, cause: "1", at: now)
        #expect(consequences == [])
        #expect(state == OptIn())
        _ = state.follow(addressHash: "hash", cause: "2", at: now)
        #expect(!state.exists, "the message that creates the contact is still on its way")
        _ = try state.submit(.ticked(lists: ["news"]), addressHash: "hash", cause: "2", .at(now))
        #expect(
            state.exists && state.lists == ["news"], "O10 the form is that of a new contact")
    }

    @Test("O12 a vault that is two messages ahead changes nothing but the order of its own words")
    func vaultAhead() throws {
        var state = OptIn()
        _ = state.follow(addressHash: "hash", cause: "1", at: now)
        _ = state.follow(addressHash: "other", cause: "2", at: now)
        _ = try state.submit(.ticked(), addressHash: "hash", cause: "1", .at(now))
        #expect(state.status == .singleOptInWebform && state.address.current == "hash")
        let changes = state.name(addressHash: "other", cause: "2", at: now).changes
        #expect(changes.map(\.reason) == [.addressChanged] && state.status == .none)
        #expect(state.address == AddressTrack(current: "other"))
    }

    @Test("a form of a known contact with another address is a conflict")
    func otherAddress() {
        var state = contact(.none)
        #expect(throws: Refusal(.conflict, "the contact has another address", at: "/data/email")) {
            try state.submit(.ticked(), addressHash: "other", cause: "1", .at(now))
        }
    }

    @Test("what needs a contact is refused where there is none", arguments: [Happening.oneClick, .userOptIn, .list])
    func unknown(happening: Happening) {
        var state = OptIn()
        #expect(throws: Refusal.self) { try happening.occur(to: &state, link: UUID()) }
        #expect(state.invite(.at(now)).refusal == "unknown")
    }
}
