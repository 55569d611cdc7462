import FoundationEssentials
import Models
import OptInDomain
import Testing

/// The same address under two versions of the key, and before the second came.
private let both = AddressHashes(newest: "v2", older: ["v1"])
private let old = AddressHashes(newest: "v1")

/// What `ADDRESS_KEY_FILE` does when it gets another version (O15).
@Suite struct AddressHashTests {
    private func known(_ record: AddressRecord, status: OptInStatus = .none) -> OptIn {
        var state = contact(status)
        state.address = AddressTrack(current: "v1")
        state.optOutSeen = record.optOutCount
        state.shared = ["v1": record]
        return state
    }

    @Test("O7, O15 an opt-out under the old key holds for a contact that is named under the new one")
    func optOutIsTakenOver() throws {
        var one = known(AddressRecord(), status: .doubleOptIn)
        _ = try one.unsubscribe()
        var new = OptIn()
        new.shared = one.shared
        _ = new.name(both, cause: "n", at: now)
        #expect(new.status == .optOutContact && new.address.current == "v2")
        #expect(new.shared["v2"]?.isOptedOut == true && new.shared["v1"]?.sameAs == "v2")

        // From then on both are one: who still has it under the old key lifts it, and the other way round.
        one.shared = new.shared
        #expect(one.catchUp(at: now) == [], "its own opt-out is not news")
        #expect(one.address.current == "v2")
        let link = UUID()
        _ = try one.submit(.ticked(), address: both, cause: "f", .at(now + day, id: link))
        one.mailed(link)
        _ = try one.confirm(link, at: now + day)
        #expect(one.shared["v2"]?.isOptedOut == false)
        new.shared = one.shared
        #expect(new.catchUp(at: now) == [] && new.status == .optOutContact, "until their own form")
    }

    @Test("O4, O15 the limit of one mail an address holds over a change of the key")
    func limitIsTakenOver() throws {
        var one = known(AddressRecord())
        #expect(try one.submit(.ticked(), address: old, cause: "1", .at(now)).mails == 1)
        var other = OptIn()
        other.shared = one.shared
        #expect(try other.submit(.ticked(), address: both, cause: "2", .at(now, contact: "c-2")).mails == 0)
        #expect(other.mailDueAt == now + day)
    }

    @Test("O12, O15 the same address under another version of the key is no change of address")
    func sameAddress() throws {
        for hashes in [old, both, AddressHashes(newest: "v3", older: ["v2", "v1"])] {
            var state = known(AddressRecord(), status: .doubleOptIn)
            #expect(state.name(hashes, cause: "1", at: now) == [])
            #expect(state.status == .doubleOptIn && state.address.current == hashes.newest)
        }
        var state = known(AddressRecord(), status: .doubleOptIn)
        _ = state.name(both, cause: "1", at: now)
        #expect(state.name(AddressHashes(newest: "other"), cause: "2", at: now).changes.map(\.to) == [.none])
    }

    @Test("O12, O15 vault and opt-in read the new key at different moments, and neither resets the contact")
    func servicesSwitchApart() throws {
        // Opt-in first: the vault's word is still of the old key.
        var state = known(AddressRecord(), status: .doubleOptIn)
        _ = state.name(both, cause: "1", at: now)
        #expect(state.follow(old, cause: "1", at: now) == [])
        #expect(state.status == .doubleOptIn && state.address.current == "v2" && state.address.undecided.isEmpty)
        // The vault first: its word teaches opt-in the new hash.
        state = known(AddressRecord(), status: .doubleOptIn)
        _ = state.name(old, cause: "1", at: now)
        #expect(state.follow(both, cause: "1", at: now) == [])
        #expect(state.status == .doubleOptIn && state.address.current == "v2")
        // The vault's word before the message.
        state = known(AddressRecord(), status: .doubleOptIn)
        #expect(state.follow(both, cause: "1", at: now) == [])
        #expect(state.name(old, cause: "1", at: now) == [])
        #expect(state.status == .doubleOptIn && state.address.current == "v2" && state.address.decided.isEmpty)
    }

    @Test("O15 two records that turn out to be of one address forbid what either forbids")
    func merged() throws {
        var state = OptIn()
        state.shared = [
            "v1": AddressRecord(optOutCount: 2, isOptedOut: true, mailedAt: now, mailedFor: "c-1"),
            "v2": AddressRecord(optOutCount: 1, isOptedOut: false, mailedAt: now + .seconds(-60), mailedFor: "c-2"),
        ]
        _ = state.name(both, cause: "1", at: now)
        let record = try #require(state.shared["v2"])
        #expect(record.optOutCount == 3 && record.isOptedOut && record.mailedAt == now && record.mailedFor == "c-1")
        #expect(record.hasAliases && state.shared["v1"] == .alias(of: "v2") && state.status == .optOutContact)
    }
}
