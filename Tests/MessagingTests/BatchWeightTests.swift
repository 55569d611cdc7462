import Testing

@testable import Messaging

@Suite("What a transaction takes") struct BatchWeightTests {
    @Test("it takes less where the last one was idle for long, and more again where it was not")
    func follows() {
        var weight = BatchWeight()
        let first = weight.limit
        for _ in 0..<9 { weight.note(.milliseconds(10), of: 1000) }
        let most = weight.limit
        #expect(most == 4 * first)
        weight.note(.milliseconds(500), of: most)
        #expect(weight.limit == most)
        weight.note(.seconds(2), of: most / 4)
        #expect(weight.limit == most / 8, "by what it had taken")
        for _ in 0..<20 { weight.note(.seconds(6), of: weight.limit) }
        #expect(weight.limit == 16_384)
        weight.note(.milliseconds(1), of: 1)
        #expect(weight.limit == 32_768)
    }
}
