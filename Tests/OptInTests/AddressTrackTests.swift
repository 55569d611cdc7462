import OptInDomain
import Testing

@Suite struct AddressTrackTests {
    @Test("O12 the vault's late word on an earlier message does not undo a later one")
    func lateDecision() {
        var track = AddressTrack(current: "a")
        let changes = [
            track.name("b", cause: "1"), track.name("c", cause: "2"), track.decide("b", cause: "1"),
            track.decide("c", cause: "2"),
        ]
        #expect(changes == [true, true, false, false])
        #expect(track == AddressTrack(current: "c"))
    }

    @Test("O12 an address that the vault refused is put right")
    func refused() {
        var track = AddressTrack(current: "a")
        let changes = [track.name("b", cause: "1"), track.decide("a", cause: "1")]
        #expect(changes == [true, true])
        #expect(track.current == "a")
    }

    @Test("O12 what the vault decided before the message came here waits for the message")
    func vaultAhead() {
        var track = AddressTrack(current: "a")
        let changes = [
            track.decide("b", cause: "1"), track.decide("c", cause: "2"), track.name("b", cause: "1"),
            track.name("c", cause: "2"),
        ]
        #expect(changes == [false, false, true, true])
        #expect(track == AddressTrack(current: "c"))
    }

    @Test("O12 the vault's word on a message that was refused here is forgotten with the next one's")
    func refusedHere() {
        var track = AddressTrack(current: "a")
        let changes = [
            track.decide("a", cause: "form"), track.decide("b", cause: "2"), track.name("b", cause: "2"),
        ]
        #expect(changes == [false, false, true])
        #expect(track == AddressTrack(current: "b"))
    }

    @Test("O12 every order in which messages and decisions can arrive ends at the vault's last word")
    func everyInterleaving() {
        // Three messages name b, c, d; the vault refuses the second, so it says b, b, d.
        let names = [("b", "1"), ("c", "2"), ("d", "3")]
        let decisions = [("b", "1"), ("b", "2"), ("d", "3")]
        for mask in 0..<64 where mask.nonzeroBitCount == 3 {
            var track = AddressTrack(current: "a")
            var name = names.makeIterator()
            var decision = decisions.makeIterator()
            for bit in 0..<6 {
                if mask >> bit & 1 == 0 {
                    if let (hash, cause) = name.next() { _ = track.name(hash, cause: cause) }
                } else if let (hash, cause) = decision.next() {
                    _ = track.decide(hash, cause: cause)
                }
            }
            #expect(track == AddressTrack(current: "d"), "order \(mask)")
        }
    }

    @Test("a first address is no change")
    func first() {
        var track = AddressTrack()
        var other = AddressTrack()
        let changes = [track.name("a", cause: "1"), other.decide("a", cause: "1")]
        #expect(changes == [false, false])
    }

    @Test("what is remembered is bounded")
    func bounded() {
        var track = AddressTrack(current: "a")
        for number in 0..<1000 { _ = track.name("b\(number)", cause: "n\(number)") }
        for number in 0..<1000 { _ = track.decide("b\(number)", cause: "d\(number)") }
        #expect(track.undecided.count <= 16)
        #expect(track.decided.count <= 16)
    }
}
