import Testing

@testable import Messaging

@Suite("a fair semaphore", .timeLimit(.minutes(1)))
struct FairSemaphoreTests {
    /// Each takes a permit; the answer is how many proceeded at a time, at most.
    private func most(_ semaphore: FairSemaphore, of count: Int) async -> Int {
        let counts = TurnCounts()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<count {
                group.addTask {
                    await semaphore.withPermit {
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

    @Test("two proceed at a time, and each does once") func atATime() async {
        #expect(await most(FairSemaphore(2), of: 50) == 2)
    }

    @Test("a permit that is released twice lets one in") func endedTwice() async {
        let semaphore = FairSemaphore(1)
        let permit = await semaphore.acquire()
        permit.release()
        permit.release()
        #expect(await most(semaphore, of: 50) == 1)
    }

    @Test("a permit that is held too long lets the next one in, once") func patience() async {
        let semaphore = FairSemaphore(1, patience: .milliseconds(20))
        let slow = await semaphore.acquire()
        let next = await semaphore.acquire()
        slow.release()
        next.release()
        _ = await semaphore.acquire()
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
