import Models
import OptInDomain
import Testing

/// What opt-in takes over from consent when its database has lost its last commits (X5).
@Suite struct RecoveryTests {
    /// From the most that may be sent to the least.
    private static let ranks: [OptInStatus] = [
        .doubleOptIn, .singleOptInUser, .singleOptInWebform, .none, .optOutUser, .optOutContact,
    ]

    @Test("X5 a status under which less may be sent holds again, a permission does not", arguments: ranks, ranks)
    func stricter(own: OptInStatus, told: OptInStatus) throws {
        var state = contact(own)
        let changes = state.recover(told, at: now).changes
        let isStricter = try #require(Self.ranks.firstIndex(of: told)) > #require(Self.ranks.firstIndex(of: own))
        #expect(state.status == (isStricter ? told : own))
        #expect(changes.map(\.reason) == (isStricter ? [.recovered] : []))
        #expect((state.heldOptOut == .optOutContact) == (own == .doubleOptIn && told == .singleOptInWebform))
    }

    @Test("X5, O7 a contact's opt-out that was lost holds for the address again")
    func address() throws {
        var state = contact(.doubleOptIn)
        state.address = AddressTrack(current: "a")
        state.shared = ["a": AddressRecord()]
        _ = state.recover(.optOutContact, at: now)
        #expect(state.shared["a"]?.isOptedOut == true && state.shared["a"]?.optOutCount == 1)
        var other = contact(.doubleOptIn)
        other.address = AddressTrack(current: "a")
        other.shared = state.shared
        _ = other.catchUp(at: now)
        #expect(other.status == .optOutContact)
        #expect(state.catchUp(at: now) == [], "its own is no news")
    }

    @Test("X5, O7 an opt-out that a form came after holds until the contact confirms", arguments: OptInStatus.allCases)
    func held(own: OptInStatus) {
        for held in [OptInStatus.optOutUser, .optOutContact] {
            var state = contact(own)
            _ = state.recover(.singleOptInWebform, held: held, at: now)
            #expect(state.status == (own.isOptOut ? own : .singleOptInWebform))
            #expect(state.heldOptOut == (own.isOptOut ? nil : held))
        }
    }

    @Test("X5 a fact is lost where its number lies above the last one from before the epoch")
    func numbers() {
        var state = OptIn()
        state.factLeaves(100, in: 10)
        #expect(state.lastFact(before: 10) == 0 && state.lastFact(before: 200) == 100)
        state.factLeaves(300, in: 200)
        state.factLeaves(400, in: 200)
        #expect(state.lastFact(before: 200) == 100)
    }
}
