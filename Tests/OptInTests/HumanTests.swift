import FoundationEssentials
import Models
import OptInDomain
import Testing

@Suite struct HumanTests {
    @Test("P6 what looks automatic is asked for the code, and a human is not")
    func suspicion() throws {
        let link = UUID()
        let early = ButtonPress(isEarly: true, hasNonce: true, code: .none)
        let bare = ButtonPress(isEarly: false, hasNonce: false, code: .none)
        for (press, expected) in [(early, ConfirmOutcome.codeWanted), (bare, .codeWanted), (.human, .confirmed)] {
            var state = contact(.singleOptInWebform, confirmation: link)
            let before = state
            let outcome = try state.confirm(link, press, evidence: Change.Evidence(), .at(now)).outcome
            #expect(outcome == expected)
            #expect((state == before) == (expected == .codeWanted))
        }
    }

    @Test("P6 the right code confirms, the fifth wrong one ends the link")
    func codes() throws {
        let link = UUID()
        var state = contact(.singleOptInWebform, confirmation: link)
        for _ in 0..<4 { #expect(try answer(&state, link, .wrong) == .wrongCode) }
        for _ in 0..<10 { #expect(try answer(&state, link, .unreadable) == .wrongCode, "a slip is no try") }
        var lucky = state
        #expect(try answer(&lucky, link, .right) == .confirmed)
        #expect(lucky.newChanges.last?.evidence.isSuspect == false)
        #expect(try answer(&state, link, .wrong) == .spent)
        #expect(throws: Refusal.self) { try answer(&state, link, .right) }
        #expect(state.status == .singleOptInWebform)
    }

    @Test("P6 a suspect press is enough to opt out, and is kept as such")
    func suspectDecline() throws {
        let link = UUID()
        var state = contact(.singleOptInWebform, confirmation: link)
        let press = ButtonPress(isEarly: false, hasNonce: false, code: .none)
        _ = try state.decline(link, press, evidence: Change.Evidence(), .at(now))
        #expect(state.status == .optOutContact)
        #expect(state.newChanges.map(\.evidence.isSuspect) == [true])
    }

    @Test("P6 a link works once and expires")
    func linkLife() throws {
        let link = UUID()
        var state = contact(.singleOptInWebform, confirmation: link)
        #expect(throws: Refusal(.expired, "the link ran out")) { try state.confirm(link, at: now + .seconds(60)) }
        #expect(state.status == .singleOptInWebform)
        _ = try state.confirm(link, at: now + .seconds(59))
        #expect(throws: Refusal.self) { try state.confirm(link) }
        #expect(throws: Refusal.self) { try state.decline(link) }
        #expect(state.status == .doubleOptIn)
    }

    private func answer(
        _ state: inout OptIn, _ link: UUID, _ code: TypedCode
    ) throws -> ConfirmOutcome {
        try state.confirm(link, .code(code), evidence: Change.Evidence(), .at(now)).outcome
    }
}
