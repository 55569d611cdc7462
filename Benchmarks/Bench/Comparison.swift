import Foundation

/// The figures of a run beside those of an earlier one.
struct Comparison {
    /// A percentile of the slowest moves this many times as far as a median between two runs of the same code: of some
    /// hundred requests five decide it.
    private static let tailFactor = 4.0

    /// For people, one a figure.
    let lines: [String]
    /// Figures that are worse beyond the tolerance.
    let worse: [String]

    /// `tolerance` is a part of the earlier value: 0.15 lets a rate sink to 0.85 of it, a time grow to 1.15 times it.
    init(_ now: Measurements, with earlier: Measurements, tolerance: Double) {
        var lines: [String] = []
        var worse: [String] = []
        if now.machine != earlier.machine {
            lines.append("measured on another machine: \(earlier.machine.model), \(earlier.machine.cores) cores")
        }
        for figure in now.figures {
            guard let before = earlier.figures.first(where: { $0.name == figure.name }) else {
                lines.append("\(figure.name): \(figure.text), not measured before")
                continue
            }
            let ratio = figure.value == before.value ? 1 : figure.value / before.value
            let isWorse = figure.isWorse(by: ratio, tolerance: tolerance * (figure.isTail ? Self.tailFactor : 1))
            if isWorse { worse.append(figure.name) }
            lines.append(
                "\(figure.name): \(before.text) → \(figure.text), ratio \(two(ratio))\(isWorse ? ", worse" : "")")
        }
        self.lines = lines
        self.worse = worse
    }

    /// `compare EARLIER NOW TOLERANCE` prints it; 1: something is worse, 2: a file cannot be read.
    static func run(_ arguments: [String]) -> Int32 {
        guard arguments.count == 3, let tolerance = Double(arguments[2]), tolerance >= 0 else {
            complain("compare EARLIER NOW TOLERANCE, the tolerance such as 0.15")
            return 2
        }
        do {
            let comparison = Comparison(
                try Measurements(file: arguments[1]), with: try Measurements(file: arguments[0]), tolerance: tolerance)
            for line in comparison.lines { print(line) }
            guard !comparison.worse.isEmpty else { return 0 }
            print("worse than before: \(comparison.worse.joined(separator: ", "))")
            return 1
        } catch {
            complain("the figures cannot be read")
            return 2
        }
    }

    private static func complain(_ text: String) {
        FileHandle.standardError.write(Data("bench compare: \(text)\n".utf8))
    }
}

extension Figure {
    fileprivate var text: String { unit.isEmpty ? two(value) : "\(two(value)) \(unit)" }

    fileprivate func isWorse(by ratio: Double, tolerance: Double) -> Bool {
        switch better {
        case .more: ratio < 1 - tolerance
        case .less: ratio > 1 + tolerance
        }
    }
}
