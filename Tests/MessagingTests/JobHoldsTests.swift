import FoundationEssentials
import Models
import Testing

@testable import Messaging

@Suite struct JobHoldsTests {
    private let start = ContinuousClock.now
    private let job = UUID()

    @Test("X3 a job's reply is held from a commit of one's own on, by one's own clock")
    func held() {
        let holds = JobHolds()
        #expect(holds.due(at: start).isEmpty)
        #expect(holds.unproven(among: [job], answered: []) == [job])
        // Seen again before the commit has returned: it is still to be proven.
        #expect(holds.unproven(among: [job], answered: []) == [job])
        holds.begin([job], at: start)
        #expect(holds.unproven(among: [job], answered: []).isEmpty)
        #expect(holds.due(at: start + Lease.runOut - .milliseconds(1)).isEmpty)
        #expect(holds.due(at: start + Lease.runOut) == [job])
    }

    @Test("X3 a repetition of a request that was answered has a hold of its own")
    func repeated() {
        let holds = JobHolds()
        holds.begin([job], at: start)
        #expect(holds.due(at: start + .seconds(60)) == [job])
        #expect(holds.unproven(among: [job], answered: [job]).isEmpty)
        #expect(holds.due(at: start + .seconds(60)).isEmpty)
        #expect(holds.unproven(among: [job], answered: []) == [job])
    }

    @Test("a job for which nobody waits any more is forgotten")
    func forgotten() {
        let holds = JobHolds()
        holds.begin([job], at: start)
        #expect(holds.unproven(among: [], answered: []).isEmpty)
        #expect(holds.due(at: start + .seconds(60)).isEmpty)
    }
}
