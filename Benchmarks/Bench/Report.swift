import Foundation
import Synchronization

/// Notes the figures beside their text, for `./dev bench --save` and `--compare`.
enum Report {
    private static let figures = Mutex<[Figure]>([])

    /// Notes the median, and returns it with the values between which the others lie.
    static func median(_ name: String, _ values: [Double], _ unit: String = "", better: Figure.Better) -> String {
        let sorted = values.sorted()
        let median = sorted[sorted.count / 2]
        note(Figure(name, median, unit, better: better))
        return "median \(two(median)) (\(two(sorted[0]))–\(two(sorted[sorted.count - 1])))"
    }

    /// Notes two percentiles of times in milliseconds, and returns them.
    static func percentiles(_ name: String, _ times: [Double]) -> String {
        let sorted = times.sorted()
        let middle = sorted[sorted.count / 2], tail = sorted[sorted.count * 99 / 100]
        note(Figure("\(name).p50", middle, "ms", better: .less))
        note(Figure("\(name).p99", tail, "ms", better: .less, isTail: true))
        return "p50 \(two(middle)) ms, p99 \(two(tail)) ms"
    }

    static func note(_ figure: Figure) { figures.withLock { $0.append(figure) } }

    /// Adds what was noted to the file that `./dev bench` names: it runs this program several times.
    static func save() throws {
        guard let path = ProcessInfo.processInfo.environment["FIGURES_FILE"] else { return }
        var all = (try? Measurements(file: path)) ?? .ofThisMachine
        for figure in figures.withLock({ $0 }) { all.add(figure) }
        try all.write(to: path)
    }
}
