import Foundation
import Testing

@testable import bench

@Suite struct ComparisonTests {
    private static let machine = Measurements.Machine(cores: 2, model: "A processor")

    private func run(_ figures: [Figure]) -> Measurements { Measurements(machine: Self.machine, figures: figures) }

    @Test(
        "what should be high is worse below the tolerance, what should be low above it",
        arguments: [
            (Figure.Better.more, 0.86, false), (.more, 0.84, true), (.more, 3, false), (.less, 1.14, false),
            (.less, 1.16, true), (.less, 0.2, false),
        ])
    func tolerance(better: Figure.Better, ratio: Double, isWorse: Bool) {
        let comparison = Comparison(
            run([Figure("a", 40 * ratio, "ms", better: better)]), with: run([Figure("a", 40, "ms", better: better)]),
            tolerance: 0.15)
        #expect(comparison.worse == (isWorse ? ["a"] : []))
    }

    @Test("a percentile of the slowest may move four times as far")
    func tails() {
        for (value, isWorse) in [(15.9, false), (16.1, true)] {
            let comparison = Comparison(
                run([Figure("a", value, "ms", better: .less, isTail: true)]),
                with: run([Figure("a", 10, "ms", better: .less, isTail: true)]), tolerance: 0.15)
            #expect(comparison.worse == (isWorse ? ["a"] : []))
        }
    }

    @Test("what was none before and is some now is worse, none again is not")
    func none() {
        let before = run([Figure("a", 0, "", better: .less)])
        #expect(Comparison(run([Figure("a", 1, "", better: .less)]), with: before, tolerance: 9).worse == ["a"])
        #expect(Comparison(run([Figure("a", 0, "", better: .less)]), with: before, tolerance: 0).worse == [])
    }

    @Test("only what both runs measured is compared, and the rest is named")
    func others() {
        let comparison = Comparison(
            run([Figure("new", 1, "", better: .more)]), with: run([Figure("old", 1, "", better: .more)]), tolerance: 0)
        #expect(comparison.worse == [])
        #expect(comparison.lines == ["new: 1.00, not measured before"])
    }

    @Test("another machine is named")
    func machines() {
        let other = Measurements(machine: .init(cores: 64, model: "Another"), figures: [])
        #expect(Comparison(run([]), with: other, tolerance: 0).lines.count == 1)
        #expect(Comparison(run([]), with: run([]), tolerance: 0).lines.isEmpty)
    }

    @Test("a file keeps what several runs of the program add, the last of a name")
    func file() throws {
        let file = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: file) }
        var kept = run([Figure("a", 1, "", better: .more)])
        kept.add(Figure("b", 2.5, "ms", better: .less, isTail: true))
        kept.add(Figure("a", 3, "", better: .more))
        try kept.write(to: file.path)
        let read = try Measurements(file: file.path)
        #expect(read == kept)
        #expect(read.figures.map(\.name) == ["b", "a"])
        #expect(read.figures.map(\.value) == [2.5, 3])
    }

    @Test("0: not worse, 1: worse, 2: a file that cannot be read")
    func exitCodes() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let before = folder.appending(path: "before").path, now = folder.appending(path: "now").path
        let broken = folder.appending(path: "broken").path
        try run([Figure("a", 10, "/s", better: .more)]).write(to: before)
        try run([Figure("a", 8, "/s", better: .more)]).write(to: now)
        try Data("{".utf8).write(to: URL(filePath: broken))
        #expect(Comparison.run([before, now, "0.3"]) == 0)
        #expect(Comparison.run([before, now, "0.15"]) == 1)
        #expect(Comparison.run([broken, now, "0.15"]) == 2)
        #expect(Comparison.run([before, "/nonexistent", "0.15"]) == 2)
        #expect(Comparison.run([before, now, "much"]) == 2)
    }
}
