import FoundationEssentials
import Models
import OptInDomain
import Testing

@Suite struct AddressOptOutTests {
    @Test("O7 an opt-out holds for the address: another contact with it follows, a new one starts there")
    func holdsForAddress() throws {
        var one = contact(.doubleOptIn)
        _ = try one.unsubscribe()
        var other = contact(.doubleOptIn, confirmation: UUID())
        other.shared = one.shared
        let followed = other.catchUp(at: now)
        #expect(followed.changes.map(\.to) == [.optOutContact])
        #expect(followed.changes.map(\.reason) == [.addressOptedOut])
        #expect(followed.changes.map(\.by) == [.suite])
        #expect(other.confirmations.allSatisfy { $0.state == .superseded })
        #expect(other.catchUp(at: now) == [], "it is taken up once")

        var new = OptIn()
        new.shared = one.shared
        _ = new.name(addressHash: "hash", cause: "n", at: now)
        #expect(new.status == .optOutContact)
        #expect(throws: Refusal.self) { try new.set(.singleOptInUser, .importing, user: "u", at: now) }
    }

    @Test("O11 a link posted three hundred times is one opt-out, and the address's other contacts hear of it once")
    func repeatedOneClick() throws {
        var one = contact(.doubleOptIn)
        let first = try one.unsubscribe()
        #expect(first.changes.count == 1 && one.shared["hash"]?.optOutCount == 1)
        let before = one
        for _ in 0..<300 { #expect(try one.unsubscribe() == []) }
        #expect(one == before)
        var other = contact(.doubleOptIn)
        other.shared = one.shared
        #expect(other.catchUp(at: now).changes.count == 1)
        for _ in 0..<300 { _ = try one.unsubscribe() }
        other.shared = one.shared
        #expect(other.catchUp(at: now) == [])
    }

    @Test("O7 a form of a new contact on an opted-out address is unconfirmed")
    func formOnAddress() throws {
        var one = contact(.doubleOptIn)
        _ = try one.unsubscribe()
        var new = OptIn()
        new.shared = one.shared
        let link = UUID()
        let consequences = try new.submit(
            .ticked(lists: ["news"]), addressHash: "hash", cause: "n", .at(now, id: link, contact: "c-2"))
        #expect(new.status == .singleOptInWebform)
        #expect(new.heldOptOut == .optOutContact)
        #expect(consequences.mails == 1)
        #expect(consequences.changes.map(\.to) == [.optOutContact, .singleOptInWebform])
        #expect(new.shared["hash"]?.isOptedOut == true, "only the confirmation lifts it")

        new.mailed(link)
        _ = try new.confirm(link)
        #expect(new.shared["hash"]?.isOptedOut == false)
        var later = OptIn()
        later.shared = new.shared
        _ = later.name(addressHash: "hash", cause: "l", at: now)
        #expect(later.status == .none)
        one.shared = new.shared
        #expect(one.catchUp(at: now) == [], "who opted out stays out until their own form")
        #expect(one.status == .optOutContact)
    }

    @Test("O7 an opt-out of the address by another contact kills what a form had begun")
    func unconfirmedFollows() throws {
        var state = contact(.optOutContact)
        let link = UUID()
        _ = try state.submit(.ticked(), addressHash: "hash", cause: "1", .at(now, id: link))
        state.mailed(link)
        var other = contact(.doubleOptIn)
        other.shared = state.shared
        _ = try other.unsubscribe(evidence: Change.Evidence(), .at(now, contact: "c-2"))
        state.shared = other.shared
        _ = state.catchUp(at: now)
        #expect(state.status == .optOutContact && state.heldOptOut == nil)
        #expect(throws: Refusal.self) { try state.confirm(link) }
    }

    @Test("O6 a user's opt-out is the contact's alone, not the address's")
    func usersOptOut() throws {
        var state = contact(.doubleOptIn)
        _ = try state.set(.optOutUser, .user, user: "u", at: now)
        #expect(state.shared["hash"] == nil)
    }

    @Test("O12, O7 a contact that leaves an address keeps its opt-out, and the address too")
    func leavesAddress() throws {
        var state = contact(.doubleOptIn)
        _ = try state.unsubscribe()
        _ = state.name(addressHash: "other", cause: "n", at: now)
        #expect(state.status == .optOutContact)
        #expect(state.shared["hash"]?.isOptedOut == true)
        #expect(state.shared["other"] == nil)
    }
}
