import Testing

@testable import Operator

@Suite struct RotationProgressTests {
    @Test("a rotation's progress says how many, how fast, and how long it will still take")
    func rate() {
        typealias Progress = RotationProgress
        #expect(Progress.rate(0, of: 20_000, in: .zero) == "wrapped 0 of 20000 contacts (0%)")
        #expect(
            Progress.rate(5000, of: 20_000, in: .milliseconds(1250))
                == "wrapped 5000 of 20000 contacts (25%), 4000/s, 4 s left")
        #expect(
            Progress.rate(20_000, of: 20_000, in: .seconds(5)) == "wrapped 20000 of 20000 contacts (100%), 4000/s")
        #expect(Progress.rate(0, of: 0, in: .zero) == "wrapped 0 of 0 contacts")
        #expect(Progress.named([1]) == "version 1" && Progress.named([1, 2]) == "versions 1, 2")
    }
}
