import Foundation

/// The median, and between which values the others lie.
func median(_ values: [Double]) -> String {
    let sorted = values.sorted()
    return "median \(two(sorted[sorted.count / 2])) (\(two(sorted[0]))–\(two(sorted[sorted.count - 1])))"
}

/// Of times in milliseconds.
func percentiles(_ times: [Double]) -> String {
    let sorted = times.sorted()
    return "p50 \(two(sorted[sorted.count / 2])) ms, p99 \(two(sorted[sorted.count * 99 / 100])) ms"
}

func two(_ value: Double) -> String { String(format: "%.2f", value) }

/// What `./dev bench` says by an environment variable.
func variable(_ name: String) throws -> String {
    guard let text = ProcessInfo.processInfo.environment[name] else {
        throw Failure("\(name) must be set: run ./dev bench")
    }
    return text
}

func address(_ name: String) throws -> URLComponents {
    guard let url = URLComponents(string: try variable(name)) else { throw Failure("\(name) is no address") }
    return url
}

struct Failure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
