import Testing

@testable import Messaging

@Suite("Turns", .timeLimit(.minutes(10)))
struct TurnsTests {
    /// Everybody takes a turn; answers how many were in at a time, at most.
    private func most(_ turns: Turns, of count: Int) async -> Int {
        let counts = TurnCounts()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<count {
                group.addTask {
                    await turns.take {
                        await counts.begin()
                        await Task.yield()
                        await counts.end()
                    }
                }
            }
        }
        #expect(await counts.done == count)
        return await counts.most
    }

    @Test("two have their turn at a time, and each has one") func atATime() async {
        #expect(await most(Turns(2), of: 50) == 2)
    }

    @Test("a turn that is ended twice makes room for one") func endedTwice() async {
        let turns = Turns(1)
        let turn = await turns.begin()
        turn.end()
        turn.end()
        #expect(await most(turns, of: 50) == 1)
    }

    @Test("a turn that takes long makes room, once") func patience() async {
        let turns = Turns(1, patience: .milliseconds(20))
        let slow = await turns.begin()
        let next = await turns.begin()
        slow.end()
        next.end()
        _ = await turns.begin()
    }
}

private actor TurnCounts {
    private var running = 0
    private(set) var most = 0
    private(set) var done = 0

    func begin() {
        running += 1
        most = max(most, running)
    }

    func end() {
        running -= 1
        done += 1
    }
}
