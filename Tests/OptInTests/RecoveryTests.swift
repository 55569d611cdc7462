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
}
